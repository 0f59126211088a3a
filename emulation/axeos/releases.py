"""Which release of AxeOS tells what, and what it takes.

From the sources of the tags v2.4.0, v2.6.0, v2.9.0, v2.11.0, v2.12.2, v2.14.2 and
v2.15.0 of bitaxeorg/ESP-Miner: `main/http_server/http_server.c`,
`system_api_json.c` and `main/nvs_config.c`.
"""

from collections.abc import Mapping

from ..network import Json

type Version = tuple[int, ...]
type Range = tuple[float, float]

# Fields of /api/system/info by the release that brought them.
_SINCE: Mapping[Version, str] = {
    (2, 4): """
        ASICModel asicCount autofanspeed bestDiff bestSessionDiff boardVersion
        coreVoltage coreVoltageActual current fallbackStratumPort fallbackStratumURL
        fallbackStratumUser fanrpm fanspeed flipscreen freeHeap frequency hashRate
        hostname invertfanpolarity invertscreen isUsingFallbackStratum macAddr
        overheat_mode power runningPartition sharesAccepted sharesRejected
        smallCoreCount ssid stratumPort stratumURL stratumUser temp uptimeSeconds
        version voltage vrTemp wifiStatus""",
    (2, 6): """
        apEnabled idfVersion isPSRAMAvailable maxPower nominalVoltage overclockEnabled
        power_fault sharesRejectedReasons stratumDiff wifiRSSI""",
    (2, 7): "temptarget displayTimeout",
    (2, 8): "expectedHashrate display",
    (2, 9): """
        axeOSVersion poolDifficulty responseTime rotation statsFrequency
        stratumSuggestedDifficulty stratumExtranonceSubscribe
        fallbackStratumSuggestedDifficulty fallbackStratumExtranonceSubscribe""",
    (2, 10): "minFanSpeed temp2",
    (2, 11): """
        blockFound blockHeight errorPercentage fan2rpm freeHeapInternal freeHeapSpiram
        hashrateMonitor ipv4 ipv6 manualFanSpeed networkDifficulty poolAddrFamily
        scriptsig""",
    (2, 12): "hashRate_1m hashRate_10m hashRate_1h resetReason",
    (2, 13): """
        coinbaseOutputs coinbaseValueTotalSatoshis coinbaseValueUserSatoshis
        poolConnectionInfo showNewBlock stratumTLS stratumCert stratumDecodeCoinbase
        fallbackStratumTLS fallbackStratumCert fallbackStratumDecodeCoinbase""",
    (2, 14): """
        actualFrequency blockSignals cpuUsage hardware_fault miningPaused processTime
        responseShareBatch statsLimit stratumProtocol fallbackStratumProtocol
        stratumV2AuthorityPubkey stratumV2ChannelType""",
    (2, 15): """
        maxAllocHeap minFreeHeap partitions pools primaryPoolIndex secondaryPoolIndex
        sharesPending totalHashes totalLog2Work totalUptimeSeconds useCustomWWW
        useFallbackStratum workReceived fullHostname mdnsHostname""",
}
_UNTIL: Mapping[Version, str] = {
    (2, 9): "asicCount flipscreen invertfanpolarity stratumDiff",
    (2, 14): "poolAddrFamily",
}

# What a PATCH may change, with the range of numbers and the length of texts. Only
# since 2.11 is any of it checked.
NUMBERS: Mapping[str, Range] = {
    "frequency": (1, 65535),
    "coreVoltage": (1, 65535),
    "overclockEnabled": (0, 1),
    "autofanspeed": (0, 1),
    "manualFanSpeed": (0, 100),
    "minFanSpeed": (0, 99),
    "temptarget": (35, 66),
    "overheat_mode": (0, 0),
    "displayTimeout": (-1, 65535),
    "invertscreen": (0, 1),
    "rotation": (0, 270),
    "statsFrequency": (0, 65535),
    "useFallbackStratum": (0, 1),
}
TEXTS: Mapping[str, Range] = {
    "hostname": (1, 32),
    "ssid": (1, 32),
    "wifiPass": (0, 63),
}
# Flags: they may be written as numbers and as true or false.
FLAGS = frozenset(
    {
        "overclockEnabled",
        "autofanspeed",
        "overheat_mode",
        "invertscreen",
        "useFallbackStratum",
        "stratumExtranonceSubscribe",
    }
)
# Keys that 2.15 has no more, and no longer heeds.
POOL_NUMBERS: Mapping[str, Range] = {
    "stratumPort": (1, 65535),
    "fallbackStratumPort": (1, 65535),
}
POOL_TEXTS: Mapping[str, Range] = dict.fromkeys(
    (
        "stratumURL",
        "stratumUser",
        "stratumPassword",
        "fallbackStratumURL",
        "fallbackStratumUser",
        "fallbackStratumPassword",
    ),
    (0, 255),
)
# Since which release a setting is heeded at all.
_HEEDED_SINCE: Mapping[str, Version] = {
    "overclockEnabled": (2, 6),
    "temptarget": (2, 7),
    "displayTimeout": (2, 7),
    "rotation": (2, 9),
    "statsFrequency": (2, 9),
    "minFanSpeed": (2, 10),
    "manualFanSpeed": (2, 11),
    "useFallbackStratum": (2, 11),
}


def parsed(version: str) -> Version:
    """Return a version such as v2.14.1 or v2.15.3-osm in numbers."""
    parts = version.lstrip("v").split("-")[0].split(".")
    return tuple(int(part) for part in parts)


def told(info: Json, version: Version) -> Json:
    """Return what a release tells, of what the newest one would tell."""
    names: set[str] = set()
    for since, fields in _SINCE.items():
        if version >= since:
            names |= set(fields.split())
    for until, fields in _UNTIL.items():
        if version >= until:
            names -= set(fields.split())
    return {name: value for name, value in info.items() if name in names}


def heeds(name: str, version: Version) -> bool:
    """Tell whether a release heeds a setting."""
    if name in POOL_NUMBERS or name in POOL_TEXTS:
        return version < (2, 15)
    return version >= _HEEDED_SINCE.get(name, (0,))


def is_allowed(name: str, value: object) -> bool:
    """Tell whether a setting has the type and the range that the firmware wants."""
    if (limits := NUMBERS.get(name) or POOL_NUMBERS.get(name)) is not None:
        if isinstance(value, bool):
            # cJSON holds 0 as the number of any truth value.
            return name in FLAGS and limits[0] <= 0
        return isinstance(value, (int, float)) and limits[0] <= value <= limits[1]
    if (limits := TEXTS.get(name) or POOL_TEXTS.get(name)) is not None:
        return isinstance(value, str) and limits[0] <= len(value) <= limits[1]
    return True
