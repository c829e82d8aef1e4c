namespace Hawser.Transport;

/// <summary>An endpoint's own number for a connection. It never goes on the wire and is never used twice.</summary>
internal readonly record struct ConnectionId(ulong Value);
