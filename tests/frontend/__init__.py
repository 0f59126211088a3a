"""The tests of the cards, which are written in TypeScript beside them."""
