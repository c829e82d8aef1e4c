using System.Buffers.Binary;
using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Proof;

/// <summary>
/// Method 1: the challenge goes to a UDP socket as the transaction id of a Binding answer that nobody asked for, from
/// the hub's STUN socket, to which the client has opened its NAT by asking for its address. Spec: address.md §5.2.
/// </summary>
internal sealed class ListeningProof(IEntropy entropy) : IAddressProof
{
    public const int CookieSize = 8; // address.md §6
    public static readonly TimeSpan Memory = TimeSpan.FromSeconds(60); // address.md §6
    private const int MaxRemembered = SenderDesk.MaxSenders; // address.md §6
    private static readonly TimeSpan SweepPause = TimeSpan.FromSeconds(1);

    private readonly HmacKey _key = new(Draw(entropy));
    private readonly Dictionary<HostPort, Instant> _asked = [];
    private Instant _sweepAt;
    private readonly Queue<(HostPort To, byte[] Datagram)> _outbox = new();

    public AddressMethod Method => AddressMethod.ListeningSocket;

    /// <summary>What the STUN server shows to who is at an address, and he shows again.</summary>
    public ulong CookieOf(in HostPort at)
    {
        var text = default(Bytes32); // address and port, and zeros
        Span<byte> bytes = text;
        at.CopyAddressTo(bytes[..16]);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[16..], at.Port);
        var mac = _key.Mac(text);
        return BinaryPrimitives.ReadUInt64BigEndian(mac);
    }

    /// <summary>The STUN server got a request with a cookie.</summary>
    public void Asked(Instant now, in HostPort from, ulong cookie)
    {
        if (cookie != CookieOf(from)) return;
        if (_asked.Count >= MaxRemembered && !_asked.ContainsKey(from))
        {
            if (now < _sweepAt) return;
            _sweepAt = now + SweepPause;
            foreach (var (old, at) in _asked)
                if (now - at >= Memory) _asked.Remove(old);
            if (_asked.Count >= MaxRemembered) return;
        }

        _asked[from] = now;
    }

    public bool CanReach(Instant now, in ProvenAddress address) => address.Transport is AddressTransport.Udp;

    public bool IsSolicited(Instant now, in ProvenAddress address) => _asked.TryGetValue(address.At, out var at) && now - at < Memory;

    public void Send(Instant now, in ProvenAddress address, StunId challenge) => _outbox.Enqueue((address.At, Datagram(challenge, address.At)));

    public bool TryTransmit(out HostPort to, out byte[] datagram)
    {
        var any = _outbox.TryDequeue(out var next);
        (to, datagram) = next;
        return any;
    }

    /// <summary>40 bytes, or 52 for IPv6: a Binding success with one attribute and FINGERPRINT.</summary>
    public static byte[] Datagram(StunId challenge, in HostPort to)
    {
        Span<byte> bytes = stackalloc byte[64];
        var writer = new StunWriter(bytes, StunKind.Success, challenge);
        writer.WriteAddress(StunAttribute.XorMappedAddress, to);
        writer.WriteFingerprint();
        return bytes[..writer.Written].ToArray();
    }

    /// <summary>The client's side: whether a datagram is a challenge of that server, to our own mapping.</summary>
    public static bool TryReadChallenge(ReadOnlySpan<byte> datagram, in HostPort from, in HostPort server, in HostPort mapped, out StunId challenge)
    {
        challenge = default;
        if (from != server || !StunMessage.TryRead(datagram, out var message) || message.Kind is not StunKind.Success
            || !message.HasFingerprint || message.Mapped != mapped) return false;
        challenge = message.Id;
        return datagram.SequenceEqual(Datagram(challenge, mapped));
    }

    private static Bytes32 Draw(IEntropy entropy)
    {
        var key = default(Bytes32);
        entropy.Fill(key);
        return key;
    }
}
