using System.Threading.Channels;

namespace Hawser.Net.Sockets;

/// <summary>A wire within the process, for tests of what works with whole packets: whoever has tapped an address sees what is sent to it.</summary>
internal sealed class MemoryWire
{
    private readonly Lock _gate = new();
    private readonly Dictionary<HostPort, Channel<byte[]>> _taps = [];

    /// <summary>Sees every packet, and may answer; for who plays a server.</summary>
    public event Action<byte[]>? Sent;

    public IRawPort Open() => new Port(this);

    public ITcpTap Tap(HostPort local)
    {
        lock (_gate)
        {
            var arrived = Channel.CreateUnbounded<byte[]>();
            _taps.Add(local, arrived);
            return new TapOf(this, local, arrived.Reader);
        }
    }

    public void Put(byte[] packet)
    {
        Sent?.Invoke(packet);
        if (!Proof.RawPacket.TryReadOwn(packet, out var read)) return;
        lock (_gate)
            if (_taps.TryGetValue(read.Destination, out var tap)) tap.Writer.TryWrite(packet);
    }

    private void Remove(HostPort local)
    {
        lock (_gate) _taps.Remove(local);
    }

    private sealed class Port(MemoryWire wire) : IRawPort
    {
        public bool TrySend(ReadOnlySpan<byte> packet)
        {
            wire.Put(packet.ToArray());
            return true;
        }

        public void Dispose() { }
    }

    private sealed class TapOf(MemoryWire wire, HostPort local, ChannelReader<byte[]> arrived) : ITcpTap
    {
        public HostPort Local => local;

        public async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancel)
        {
            var packet = await arrived.ReadAsync(cancel);
            packet.CopyTo(buffer);
            return packet.Length;
        }

        public void Dispose() => wire.Remove(local);
    }
}
