"""One file a check: is the completed font safe to ship?"""
