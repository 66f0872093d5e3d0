"""Uploaded files: how they are kept and handed out."""
