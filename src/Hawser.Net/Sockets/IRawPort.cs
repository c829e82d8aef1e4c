namespace Hawser.Net.Sockets;

/// <summary>Puts whole IP packets on the wire, whatever source they name.</summary>
internal interface IRawPort : IDisposable
{
    /// <summary>False if this machine did not take it.</summary>
    bool TrySend(ReadOnlySpan<byte> packet);
}

/// <summary>Sees what arrives at one port of TCP before this machine's own TCP does, which keeps quiet about that port meanwhile.</summary>
internal interface ITcpTap : IDisposable
{
    /// <summary>The address and port.</summary>
    HostPort Local { get; }

    /// <summary>The next packet, from its IP header on; its checksum may be missing yet.</summary>
    ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancel);
}
