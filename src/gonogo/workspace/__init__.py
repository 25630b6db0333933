"""Which files a run looks at, what each of them is for, and how to read them without trusting them."""
