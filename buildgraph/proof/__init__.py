"""Proof: what makes a no-op fast: certificates, what they still prove when they do not hold, and stored graphs."""
