using System.Diagnostics.CodeAnalysis;
using Hawser.Crypto;
using Hawser.Handshake;
using Hawser.Wire;

namespace Hawser.Transport;

/// <summary>The host side of all attempts at one socket: holds no state until a request is proved. Spec: connect.md §5.</summary>
internal sealed class ConnectHost : IDatagramMachine, IMachine<ConnectEvent>
{
    public ConnectHost(Moment now, IEntropy entropy, ConnectOptions options) =>
        throw new NotImplementedException($"{now} {entropy} {options}");

    /// <summary>The routing IDs it answers to.</summary>
    public IReadOnlyList<PlainId> Ids { get; set; } = [];

    /// <summary>Told to whoever asks, from the next epoch on.</summary>
    public byte[] ResponseData { get; set; } = [];

    public Instant NextWakeup { get; }

    public void Tick(Moment now) { }

    /// <summary>Takes packets 0 and 3.</summary>
    public void Receive(Moment now, in Route from, Span<byte> datagram) { }

    /// <summary>Answers KeyWanted; null: silence.</summary>
    public void AnswerKey(Moment now, long number, DhPublicKey? key) { }

    /// <summary>Answers Requested; Completed follows at once, and packet 4 is resent on duplicates until Confirm.</summary>
    public void Accept(Moment now, long number, ReadOnlySpan<byte> acceptData) { }

    /// <summary>Answers Requested, with a sealed no.</summary>
    public void Refuse(Moment now, long number) { }

    /// <summary>The first sealed packet of this connection arrived, or it is gone: forget packet 4.</summary>
    public void Confirm(long number) { }

    /// <summary>An introducer announced somebody.</summary>
    public void Expect(Moment now, ulong nonceI, ulong nonceH, in Bytes32 secret, Instant expiry) { }

    public bool TryTransmit(Moment now, Span<byte> buffer, out Transmit transmit) { transmit = default; return false; }

    public bool TryTake([NotNullWhen(true)] out ConnectEvent? happened) { happened = null; return false; }
}
