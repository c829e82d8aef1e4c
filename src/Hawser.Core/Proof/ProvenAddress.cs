using Hawser.Wire;

namespace Hawser.Proof;

/// <summary>How an address was proved. The numbers below 3 are those of SP³.</summary>
internal enum AddressMethod : byte
{
    /// <summary>The challenge went over a live connection, whose client had said that it wants it.</summary>
    Direct = 0,

    /// <summary>The challenge went to a listening socket, as an answer of STUN.</summary>
    ListeningSocket = 1,

    /// <summary>A web server sent it, on a connection of the client's.</summary>
    RequestReflection = 2,

    /// <summary>A notary signed from where it was shown.</summary>
    WebNotary = 3,
}

/// <summary>How much of an address was proved.</summary>
internal enum AddressLevel : byte
{
    /// <summary>The host, which others may share: never enough to be sent to.</summary>
    Host = 1,

    /// <summary>That very port.</summary>
    Port = 2,
}

/// <summary>What stands behind the port.</summary>
internal enum AddressTransport : byte
{
    Udp = 1,
    Tcp = 2,
}

/// <summary>Address, port and transport: exactly what a proof proves, and all that it may authorise.</summary>
/// <remarks><code>| address (16) | port (2) | transport (1) |</code></remarks>
internal readonly record struct ProvenAddress(HostPort At, AddressTransport Transport)
{
    public const int Size = 19;

    public void Write(ref SpanWriter writer)
    {
        At.CopyAddressTo(writer.Take(16));
        writer.WriteU16(At.Port);
        writer.WriteU8((byte)Transport);
    }

    public static bool TryRead(ref SpanReader reader, out ProvenAddress address)
    {
        address = default;
        if (!reader.TryTake(16, out var bytes) || !reader.TryReadU16(out var port) || port == 0
            || !reader.TryReadU8(out var transport) || transport is not (1 or 2)) return false;
        address = new(HostPort.Read(bytes, port), (AddressTransport)transport);
        return true;
    }
}
