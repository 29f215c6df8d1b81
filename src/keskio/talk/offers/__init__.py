"""Offers and coupons as pages: stock, codes, redemption."""
