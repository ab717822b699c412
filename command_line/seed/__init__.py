"""`lastcall seed`: a desk with years of plausible history, for trying pages and for measuring."""
