using Hawser.Crypto;
using Hawser.Naming;
using Hawser.Wire;

namespace Hawser.Proof;

/// <summary>
/// Method 3 at the prover: hands out challenges, of which it keeps nothing, and believes whom enough notaries have seen.
/// It proves a host. Spec: notary.md §5.3.
/// </summary>
internal sealed class NotaryProof(IEntropy entropy, Bytes32 genesis, RoutingId prover, NotaryPanel panel) : IUnsentProof
{
    public static readonly TimeSpan Epoch = TimeSpan.FromSeconds(30); // notary.md §6: a challenge lives for one to two
    private const int MaxSpent = 65_536; // notary.md §6
    private const int DrawnSize = 4;

    private readonly Bytes32 _secret = DrawSecret(entropy);
    private readonly Dictionary<StunId, long> _spent = []; // and in which epoch
    private readonly long[] _faults = new long[Enum.GetValues<NotaryFault>().Length];

    /// <summary>A key was shown that no card has: it may be a new one.</summary>
    public event Action? KeyUnknown;

    public AddressMethod Method => AddressMethod.WebNotary;

    /// <summary>How often that has spoken against what was shown.</summary>
    public long Count(NotaryFault fault) => _faults[(int)fault];

    public bool CanReach(Instant now, in ProvenAddress address) => panel.CanDecide;

    public bool IsSolicited(Instant now, in ProvenAddress address) => false;

    public bool TryPrepare(Instant now, in ProvenAddress address, ReadOnlySpan<byte> options) => options.IsEmpty;

    public byte[] Told(AddressRequest request, StunId challenge)
    {
        var told = new byte[StunId.DrawnSize];
        challenge.CopyDrawnTo(told);
        return told;
    }

    /// <summary>There is nobody to send it to: the asker is told.</summary>
    public void Send(Instant now, in ProvenAddress address, StunId challenge) { }

    public StunId Draw(Instant now, AddressRequest request)
    {
        Span<byte> drawn = stackalloc byte[DrawnSize];
        entropy.Fill(drawn);
        return Challenge(EpochOf(now), drawn, request);
    }

    public bool IsOpen(Instant now, AddressRequest request, StunId challenge)
    {
        Span<byte> drawn = stackalloc byte[StunId.DrawnSize];
        challenge.CopyDrawnTo(drawn);
        var epoch = EpochOf(now);
        // Not compared in constant time: a guess of a challenge gains nobody more than asking for one.
        return (challenge == Challenge(epoch, drawn[..DrawnSize], request) || challenge == Challenge(epoch - 1, drawn[..DrawnSize], request))
            && !_spent.ContainsKey(challenge);
    }

    /// <summary>Whether enough notaries have seen it come from there.</summary>
    public bool IsShown(Moment now, AddressRequest request, StunId challenge, ReadOnlySpan<byte> evidence)
    {
        if (!NotaryEvidence.TryRead(evidence, out var shown)) return false;
        var fault = panel.FaultOf(now.Utc, shown.Statements, prover.ToString(), NotaryNonce.Of(genesis, prover, challenge, request), request.Address.At.Address);
        if (fault is { } found) _faults[(int)found]++;
        if (fault is NotaryFault.UnknownKey) KeyUnknown?.Invoke();
        return fault is null;
    }

    public bool TrySpend(Instant now, StunId challenge)
    {
        var epoch = EpochOf(now);
        if (_spent.Count >= MaxSpent)
            foreach (var (old, spent) in _spent)
                if (spent < epoch - 1) _spent.Remove(old);
        return _spent.Count < MaxSpent && _spent.TryAdd(challenge, epoch);
    }

    private StunId Challenge(long epoch, ReadOnlySpan<byte> drawn, AddressRequest request)
    {
        Span<byte> text = stackalloc byte[sizeof(long) + DrawnSize + AddressRequest.Size];
        var writer = new SpanWriter(text);
        writer.WriteU64((ulong)epoch);
        writer.Write(drawn);
        request.Write(ref writer);
        Span<byte> challenge = stackalloc byte[StunId.DrawnSize];
        drawn.CopyTo(challenge);
        Sha256.Hmac(_secret, text).ToArray().AsSpan(0, StunId.DrawnSize - DrawnSize).CopyTo(challenge[DrawnSize..]);
        return StunId.Of(challenge);
    }

    // One more, so that the epoch before the first one has a number too.
    private static long EpochOf(Instant now) => now.Micros / (long)Epoch.TotalMicroseconds + 1;

    private static Bytes32 DrawSecret(IEntropy entropy)
    {
        var secret = default(Bytes32);
        entropy.Fill(secret);
        return secret;
    }
}
