"""What two apps read: bytes of a file -> text (`decoding`), pages of a PDF (`pdf`), blocks of a page of the web (`html`).

Each app makes its own documents of them: the support bot passages to answer from, the extractor texts with offsets.
"""
