"""Recovery plans: how a case is put right for this kind of customer, and whether it helped."""
