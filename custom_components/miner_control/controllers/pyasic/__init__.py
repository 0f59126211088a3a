"""ASICs through pyasic."""
