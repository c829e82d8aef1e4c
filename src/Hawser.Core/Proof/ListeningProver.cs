namespace Hawser.Proof;

/// <summary>
/// The client's side of method 1, on a socket of its own or on one that it shares: learns by STUN how that looks from
/// outside, shows the cookie that it asked for with it, and takes the challenge. Spec: address.md §5.2.
/// </summary>
internal sealed class ListeningProver : IMachine
{
    public enum State
    {
        /// <summary>It asks how it looks from outside.</summary>
        Asking,

        /// <summary>It shows the cookie.</summary>
        Showing,

        /// <summary>The prover may be asked for a challenge now.</summary>
        Shown,

        /// <summary>The challenge is here.</summary>
        Challenged,

        /// <summary>The server says nothing.</summary>
        Silent,
    }

    private readonly IEntropy _entropy;
    private readonly StunPatience _patience;
    private StunQuery _query;
    private ulong _cookie;

    public ListeningProver(Moment now, IEntropy entropy, HostPort server, StunPatience patience)
    {
        (_entropy, _patience, Server) = (entropy, patience, server);
        _query = new(now.Mono, entropy, server, new(Cookie: 0), patience);
    }

    public HostPort Server { get; }

    public State Now { get; private set; }

    /// <summary>How the socket looks from outside, once <see cref="State.Shown"/>.</summary>
    public HostPort Mapped { get; private set; }

    /// <summary>What came; another takes its place.</summary>
    public StunId Challenge { get; private set; }

    /// <summary>Datagrams that were neither an answer nor a challenge.</summary>
    public long Dropped { get; private set; }

    public Instant NextWakeup => _query.NextWakeup;

    public void Tick(Moment now)
    {
        _query.Tick(now.Mono);
        if (_query.Now is not (StunQuery.State.TimedOut or StunQuery.State.Refused)) return;
        if (Now is State.Asking or State.Showing) Now = State.Silent;
    }

    /// <summary>Shows the cookie again: the prover forgets it after a minute, and a NAT its mapping even sooner.</summary>
    public void Refresh(Moment now)
    {
        if (Now is State.Shown or State.Challenged) _query = new(now.Mono, _entropy, Server, new(Cookie: _cookie), _patience);
    }

    /// <summary>The challenge was used; the next may come.</summary>
    public void Spend()
    {
        if (Now is State.Challenged) Now = State.Shown;
    }

    public bool TryTransmit(Moment now, Span<byte> buffer, out int length) => _query.TryTransmit(now.Mono, buffer, out length);

    public void Receive(Moment now, in HostPort from, ReadOnlySpan<byte> datagram)
    {
        if (Now is State.Shown or State.Challenged && ListeningProof.TryReadChallenge(datagram, from, Server, Mapped, out var challenge) && challenge != _query.Id)
        {
            (Challenge, Now) = (challenge, State.Challenged);
            return;
        }

        if (!StunMessage.TryRead(datagram, out var message) || !_query.TryTake(from, message) || _query.Now is not StunQuery.State.Answered)
        {
            Dropped++;
            return;
        }

        Mapped = _query.Answer.Mapped!.Value;
        if (_query.Answer.Cookie is { } cookie and not 0) _cookie = cookie;
        if (Now is State.Asking && _cookie != 0)
        {
            Now = State.Showing;
            _query = new(now.Mono, _entropy, Server, new(Cookie: _cookie), _patience);
        }
        else if (Now is State.Asking or State.Showing) Now = State.Shown; // a server that shows no cookie can still challenge, as a stranger
    }
}
