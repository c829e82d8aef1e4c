using Microsoft.Extensions.Logging;

namespace Hawser.Net;

internal static partial class Log
{
    [LoggerMessage(501, LogLevel.Information, "A TCP connection was ended in silence: {Reason}; {Count} of this kind so far")]
    public static partial void SilencedTcp(this ILogger log, string reason, long count);

    [LoggerMessage(502, LogLevel.Warning, "{Failures} TCP connections from one address came to nothing within a minute; it has to be slower now: see hawser status --json, pressure")]
    public static partial void AddressPressed(this ILogger log, int failures);

    [LoggerMessage(503, LogLevel.Debug, "{Failures} TCP connections from {Address} came to nothing within a minute")]
    public static partial void AddressPressedAt(this ILogger log, string address, int failures);

    [LoggerMessage(504, LogLevel.Warning, "TCP port {Port} is taken: this node is reached by UDP only")]
    public static partial void NoTcp(this ILogger log, ushort port);

    [LoggerMessage(505, LogLevel.Warning, "A TCP connection could not be accepted: {Error}")]
    public static partial void AcceptFailed(this ILogger log, string error);
}
