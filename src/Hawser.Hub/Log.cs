using Microsoft.Extensions.Logging;

namespace Hawser.Hub;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Height {Height} certified: tick {Tick}, {Signatures} signatures")]
    public static partial void HeightCertified(this ILogger log, uint height, string tick, int signatures);

    [LoggerMessage(2, LogLevel.Critical, "The fold differs at height {Height}: mine {Mine}, certified {Certified}; this hub signs nothing more")]
    public static partial void FoldDiffers(this ILogger log, uint height, string mine, string certified);

    [LoggerMessage(3, LogLevel.Warning, "Admin {Admin} signed two different {Kind} messages at height {Height}")]
    public static partial void DoubleMessage(this ILogger log, string admin, string kind, uint height);

    [LoggerMessage(4, LogLevel.Critical, "The admin's machine stopped")]
    public static partial void AdminStopped(this ILogger log, Exception error);

    [LoggerMessage(5, LogLevel.Information, "HTTP on port {Http}, UDP on port {Udp}")]
    public static partial void Listening(this ILogger log, ushort http, ushort udp);

    [LoggerMessage(6, LogLevel.Debug, "Node {Node} is present")]
    public static partial void NodePresent(this ILogger log, string node);

    [LoggerMessage(7, LogLevel.Error, "The lines stopped; the hub stops too")]
    public static partial void LinesStopped(this ILogger log, Exception error);

    [LoggerMessage(8, LogLevel.Warning, "Counters were not saved")]
    public static partial void CountersNotSaved(this ILogger log, Exception error);

    [LoggerMessage(10, LogLevel.Information, "The federation has {Count} admins now; this hub is {Me}")]
    public static partial void MembersChanged(this ILogger log, int count, string me);

    [LoggerMessage(9, LogLevel.Warning, "This hub was put back from a backup: it waits until {Others} other admins have shown how far they are")]
    public static partial void LooksAround(this ILogger log, int others);

    [LoggerMessage(14, LogLevel.Error, "The store is damaged from height {Height} on: {What}. That and what follows is taken from the other admins anew")]
    public static partial void StoreDamaged(this ILogger log, uint height, string what);

    [LoggerMessage(11, LogLevel.Critical, "{Why}: this hub takes nothing and signs nothing until there is room; what it had promised is kept")]
    public static partial void DiskIsFull(this ILogger log, string why);

    [LoggerMessage(12, LogLevel.Warning, "The disk has room again; this hub goes on")]
    public static partial void DiskHasRoom(this ILogger log);

    [LoggerMessage(13, LogLevel.Warning, "It was not noted that a node has come")]
    public static partial void SeenNotSaved(this ILogger log, Exception error);

    [LoggerMessage(20, LogLevel.Information, "STUN on port {Port}: it tells clients where they are seen{Discovery}")]
    public static partial void StunListening(this ILogger log, ushort port, string discovery);

    [LoggerMessage(21, LogLevel.Warning, "STUN port {Port} is taken; this hub answers no STUN")]
    public static partial void StunBusy(this ILogger log, ushort port);

    [LoggerMessage(22, LogLevel.Warning, "This hub lies on purpose: {Variable} is set, which is for tests of a federation")]
    public static partial void Lies(this ILogger log, string variable);

    [LoggerMessage(30, LogLevel.Information, "The notary {Operator} is not believed yet: {Why}")]
    public static partial void NotaryUnknown(this ILogger log, string @operator, string why);

    [LoggerMessage(31, LogLevel.Information, "Notary on port {Port}; proxies that are trusted: {Proxies}")]
    public static partial void NotaryListening(this ILogger log, ushort port, bool proxies);

    [LoggerMessage(32, LogLevel.Warning, "This hub puts requests into the connections of who proves an address by reflection: packets with a source that is not its own leave here, to {Count} web servers that you named")]
    public static partial void ReflectsRequests(this ILogger log, int count);

    [LoggerMessage(33, LogLevel.Warning, "This hub sends packets with a source that is not its own, to who has consented to just that source")]
    public static partial void AllowsRaw(this ILogger log);

    [LoggerMessage(34, LogLevel.Information, "Tile {Tile} of the log of {Admin} is kept as hashes from now on")]
    public static partial void TileForgotten(this ILogger log, long tile, string admin);
}
