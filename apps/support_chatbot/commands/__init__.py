"""The verbs of `support-chatbot`, one a file."""
