"""Letters: one function per letter, written as rows with the change that causes them."""
