using System.Globalization;
using Hawser.Naming;
using Hawser.Tlog;

namespace Hawser.Federation;

/// <summary>Where things are at a hub's URL. Spec: hub-http.md §4.</summary>
internal static class HubPaths
{
    public const string Card = "/.well-known/hawser";
    public const string Federation = "/federation";
    public const string Health = "/healthz";
    public const string Metrics = "/metrics";
    public const string Latest = "/tick/latest";
    public const string Ticket = "/v1/ticket";
    public const string Claim = "/v1/claim";
    public const string Reveal = "/v1/reveal";
    public const string Entrust = "/v1/reveal-later";
    public const string Share = "/v1/share";
    public const string Records = "/records";
    public const string Tentative = "/v1/tentative";
    public const string Record = "/v1/record";
    public const string Locator = "/v1/locator";
    public const string SignOn = "/v1/sign-on";
    public const string Vote = "/v1/vote";
    public const string Evidence = "/v1/evidence";
    public const string Join = "/v1/join";
    public const string Leaves = "/v1/leaves";

    public static string CheckpointOf(RoutingId admin) => $"/log/{admin}/checkpoint";

    public static string TileOf(RoutingId admin, Tile tile) => $"/log/{admin}/{tile}";

    public static string TentativeOf(in Wire.Bytes32 claim) => $"{Tentative}/{claim}";

    public static string CertificateOf(RoutingTick tick) => $"/tick/{tick}";

    public static string CertificateAt(uint height) => string.Create(CultureInfo.InvariantCulture, $"/height/{height}");

    public static string EpochOf(int number) => string.Create(CultureInfo.InvariantCulture, $"/epoch/{number}");

    public static string ProofOf(RoutingId id) => $"/v1/proof/{id}";

    public static string DeedOf(RoutingId id) => $"/v1/deed/{id}";

    public static string LocatorOf(RoutingId id) => $"{Locator}/{id}";
}
