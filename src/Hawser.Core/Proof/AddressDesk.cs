using Hawser.Crypto;
using Hawser.Naming;
using Hawser.Wire;

namespace Hawser.Proof;

/// <summary>Why a prover does not do what it was asked.</summary>
internal enum AddressRefusal
{
    None,

    /// <summary>Nobody may be sent anything there.</summary>
    ForbiddenAddress,

    /// <summary>Not by this method, or not here.</summary>
    Unsupported,

    /// <summary>There is a challenge on its way already, or the address has had enough of them.</summary>
    Limited,

    /// <summary>No such challenge is open: it is too late, was answered, or was never sent.</summary>
    NotOpen,

    /// <summary>Another challenge, key, address or audience than was asked for; or it is not signed. The challenge is spent.</summary>
    Wrong,
}

/// <summary>The prover: sends challenges within the budget, and certifies who answers. Spec: address.md §5.</summary>
internal sealed class AddressDesk(IEntropy entropy, Bytes32 genesis, RoutingId prover, SigningKey key, ChallengeBudget budget, bool allowsLoopback = false)
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30); // address.md §6
    private const int MaxOpen = 4_096; // address.md §6

    private readonly Dictionary<UInt128, Open> _open = []; // one for each host
    private readonly Dictionary<AddressMethod, IAddressProof> _methods = [];
    private readonly long[] _counts = new long[Enum.GetValues<AddressRefusal>().Length];

    public int OpenChallenges => _open.Count;

    public long Count(AddressRefusal refusal) => _counts[(int)refusal];

    /// <summary>The ways that are served here, in the order of their numbers.</summary>
    public IEnumerable<AddressMethod> Methods => _methods.Keys.Order();

    public void Add(IAddressProof method) => _methods.Add(method.Method, method);

    /// <summary>Sends a challenge to the address, if it may be sent one.</summary>
    public AddressRefusal Ask(Moment now, AddressRequest request) => Ask(now, request, default, out _);

    /// <summary>Sends a challenge to the address, if it may be sent one.</summary>
    /// <param name="now">Now.</param>
    /// <param name="request">What is to be certified.</param>
    /// <param name="options">What the method wants to know beside.</param>
    /// <param name="told">What the asker gets to know; empty for most methods.</param>
    public AddressRefusal Ask(Moment now, AddressRequest request, ReadOnlySpan<byte> options, out byte[] told)
    {
        var refusal = TryAsk(now, request, options, out told);
        _counts[(int)refusal]++;
        return refusal;
    }

    /// <summary>Takes an answer; the certificate if it is right. Either way its challenge is spent.</summary>
    public AddressRefusal Answer(Moment now, AddressAnswer answer, out AddressCertificate? certificate) => Answer(now, answer, default, out certificate);

    /// <summary>The same, of a method that wants to be shown something.</summary>
    public AddressRefusal Answer(Moment now, AddressAnswer answer, ReadOnlySpan<byte> evidence, out AddressCertificate? certificate)
    {
        certificate = null;
        var refusal = TryAnswer(now, answer, evidence);
        _counts[(int)refusal]++;
        if (refusal is not AddressRefusal.None) return refusal;
        certificate = new AddressCertificate
        {
            Prover = prover, Key = answer.Request.Key, Address = answer.Request.Address, Method = answer.Request.Method,
            Level = AddressCertificate.LevelOf(answer.Request.Method), Issued = now.Utc, Ttl = AddressCertificate.Life, Audience = answer.Request.Audience,
        }.Sign(key, genesis);
        return refusal;
    }

    private AddressRefusal TryAsk(Moment now, AddressRequest request, ReadOnlySpan<byte> options, out byte[] told)
    {
        told = [];
        var at = request.Address.At;
        if (!AddressPolicy.MayChallenge(at, allowsLoopback)) return AddressRefusal.ForbiddenAddress;
        if (!_methods.TryGetValue(request.Method, out var method) || !method.CanReach(now.Mono, request.Address)
            || !method.TryPrepare(now.Mono, request.Address, options)) return AddressRefusal.Unsupported;
        if (method is IUnsentProof unsent)
        {
            told = unsent.Told(request, unsent.Draw(now.Mono, request));
            return AddressRefusal.None;
        }

        var host = RateSketch.HostOf(at);
        var solicited = method.IsSolicited(now.Mono, request.Address);
        // Who is there goes before who only says so: a stranger's open challenge does not stand in his way.
        if (_open.TryGetValue(host, out var open) && now.Mono < open.Until && (open.Solicited || !solicited)) return AddressRefusal.Limited;
        if (!_open.ContainsKey(host) && _open.Count >= MaxOpen) Sweep(now.Mono);
        if (!_open.ContainsKey(host) && _open.Count >= MaxOpen) return AddressRefusal.Limited;
        if (!budget.TrySpend(now.Mono, at, solicited)) return AddressRefusal.Limited;
        var challenge = StunId.Draw(entropy);
        _open[host] = new(request, challenge, solicited, now.Mono + Patience);
        told = method.Told(request, challenge);
        method.Send(now.Mono, request.Address, challenge);
        return AddressRefusal.None;
    }

    private AddressRefusal TryAnswer(Moment now, AddressAnswer answer, ReadOnlySpan<byte> evidence)
    {
        if (_methods.GetValueOrDefault(answer.Request.Method) is IUnsentProof unsent) return TryAnswer(now, unsent, answer, evidence);
        var host = RateSketch.HostOf(answer.Request.Address.At);
        if (!_open.TryGetValue(host, out var open) || now.Mono >= open.Until) return AddressRefusal.NotOpen;
        // A guess from elsewhere does not spend the challenge of who is there; a known one may be tried once.
        if (open.Challenge != answer.Challenge) return AddressRefusal.NotOpen;
        _open.Remove(host);
        return open.Request == answer.Request && _methods[open.Request.Method].IsShown(now, open.Request, open.Challenge, evidence)
            && answer.IsSigned(genesis, prover) ? AddressRefusal.None : AddressRefusal.Wrong;
    }

    // What was shown can be shown again by the same key, better: only what holds spends the challenge.
    private AddressRefusal TryAnswer(Moment now, IUnsentProof method, AddressAnswer answer, ReadOnlySpan<byte> evidence)
    {
        if (!AddressPolicy.MayChallenge(answer.Request.Address.At, allowsLoopback)) return AddressRefusal.ForbiddenAddress;
        if (!method.IsOpen(now.Mono, answer.Request, answer.Challenge)) return AddressRefusal.NotOpen;
        if (!answer.IsSigned(genesis, prover) || !method.IsShown(now, answer.Request, answer.Challenge, evidence)) return AddressRefusal.Wrong;
        return method.TrySpend(now.Mono, answer.Challenge) ? AddressRefusal.None : AddressRefusal.Limited;
    }

    private void Sweep(Instant now)
    {
        foreach (var (host, open) in _open)
            if (now >= open.Until) _open.Remove(host);
    }

    private readonly record struct Open(AddressRequest Request, StunId Challenge, bool Solicited, Instant Until);
}
