# Home Assistant puts probatio in voluptuous' place before an integration loads.
from probatio import *
