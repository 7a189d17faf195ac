"""No new model goes live before it has faced the old cases: what people put right, kept files, and the recipe's test sets.

facing/cases.py    where the old cases come from, and which could not be had
facing/face.py     the live model and the candidate on the same cases, paired; and the verdict
facing/record.py   the report beside the version, and whether it still holds
"""
