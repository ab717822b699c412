"""`lastcall chaos`: many real terminations while processes die, networks lie and people hurry."""
