using System.Diagnostics.CodeAnalysis;

namespace Hawser.Transport;

/// <summary>One outgoing attempt. Spec: connect.md §7.</summary>
internal sealed class ConnectInitiator : IDatagramMachine, IMachine<ConnectEvent>
{
    public ConnectInitiator(Moment now, IEntropy entropy, ConnectOptions options, ConnectRequest request) =>
        throw new NotImplementedException($"{now} {entropy} {options} {request}");

    /// <summary>Packets 1, 2 and 4 that bear this nonce are for this attempt. A new start may change it.</summary>
    public ulong NonceI { get; }

    public Instant NextWakeup { get; }

    public void Tick(Moment now) { }

    public void Receive(Moment now, in Route from, Span<byte> datagram) { }

    public void Solved(Moment now, long number, uint x) { }

    public bool TryTransmit(Moment now, Span<byte> buffer, out Transmit transmit) { transmit = default; return false; }

    public bool TryTake([NotNullWhen(true)] out ConnectEvent? happened) { happened = null; return false; }
}
