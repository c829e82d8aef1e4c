using System.Diagnostics.CodeAnalysis;
using Hawser.Crypto;
using Hawser.Naming;
using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>
/// The tick agreement of one admin: heights one after the other, each decided in rounds with locks, folded, attested and
/// certified. Nothing that it signs is sent before it is durable. Spec: federation.md §5.
/// </summary>
internal sealed partial class Agreement : IMachine<AgreementEvent>
{
    private static readonly TimeSpan MinBase = TimeSpan.FromMilliseconds(250); // federation.md §6
    private static readonly TimeSpan MaxBase = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan MaxTimeout = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan ClockCheck = TimeSpan.FromMinutes(1); // a clock that is set right is noticed so soon

    private readonly Genesis _genesis;
    private readonly IReadOnlyList<SigningKey> _keys;
    private readonly IHeldLeaves _leaves;
    private readonly IRegistryFold _fold;
    private readonly TimeSpan _base;
    private readonly AgreementRules _rules;
    private readonly SignatureCheck _check;
    private readonly Queue<AgreementEvent> _events = new();
    private readonly List<(long Number, AgreementMessage Message)> _unsaved = [];
    private VoteRecord? _restored;
    private readonly uint _abstainThrough;
    private long _stores;
    private bool _dirty;

    // Of this height: other members may follow.
    private Members _members;
    private int _me; // -1: no member, I only follow
    private SigningKey? _key;
    private HashSet<RoutingId> _frozen = [];

    // What the last certificate left.
    private Bytes32 _previous;
    private RoutingTick _lastTick;
    private LogHead[] _vector;

    /// <param name="now">When it starts.</param>
    /// <param name="genesis">The federation.</param>
    /// <param name="keys">My admin keys: a member has one of them, as long as I am a member; the next may be there already.</param>
    /// <param name="leaves">The replicas.</param>
    /// <param name="fold">Has folded every height that is certified here.</param>
    /// <param name="last">The newest certificate; none before the first.</param>
    /// <param name="votes">What was stored last; empty at the very first start.</param>
    /// <param name="rules">Left out of only by tests that show why a rule is there.</param>
    /// <param name="check">Checks signatures; another one only where many admins in one process have seen the same message.</param>
    /// <param name="silentThrough">The last height to say nothing at: two beyond the highest certificate that a quorum showed to who lost its votes. Line 5.</param>
    public Agreement(
        Moment now, Genesis genesis, IReadOnlyList<SigningKey> keys, IHeldLeaves leaves, IRegistryFold fold,
        TickCertificate? last, ReadOnlySpan<byte> votes, AgreementRules rules = AgreementRules.All, uint silentThrough = 0,
        SignatureCheck? check = null)
    {
        (_genesis, _members, _keys, _leaves, _fold, _rules, _abstainThrough) =
            (genesis, fold.Roster.Members, keys, leaves, fold, rules, silentThrough);
        _check = check ?? Ed25519.Verify;
        Witness = new(genesis.Hash);
        FindMe();
        var tick = genesis.Clock.TickLength / 64;
        _base = tick < MinBase ? MinBase : tick > MaxBase ? MaxBase : tick;
        _previous = last?.Header.Hash ?? genesis.Hash;
        _lastTick = last?.Header.Tick ?? genesis.FirstTick;
        _vector = [.. _members.All.Select(member => leaves.Certified(member.Id))];
        Height = (last?.Header.Height ?? 0) + 1;
        if (!votes.IsEmpty && !VoteRecord.TryRead(votes, out _restored))
            throw new ArgumentException("votes that cannot be read: restore them as lost", nameof(votes));
        _gossipDue = now.Mono + _base;
        Begin(now);
        Progress(now);
    }

    /// <summary>h: the height that is being agreed on.</summary>
    public uint Height { get; private set; }

    public AgreementState State { get; private set; } = AgreementState.Agreeing;

    /// <summary>What the next ticket's timestamp is: the tick after the last certificate's.</summary>
    public RoutingTick LastTick => _lastTick;

    /// <summary>H(header) of the last certificate.</summary>
    public Bytes32 Previous => _previous;

    /// <summary>r; -1 before the first round of a height.</summary>
    public long Round => _round;

    /// <summary>The heads that the last certificate holds, by member.</summary>
    public IReadOnlyList<LogHead> Vector => _vector;

    /// <summary>The height whose HEAD will cover a leaf that is logged now.</summary>
    public uint CoveringHeight => _own.ContainsKey((MessageKind.Head, 0)) ? Height + 1 : Height;

    /// <summary>The members of this height.</summary>
    public Members Members => _members;

    /// <summary>My place among them; -1 if I only follow.</summary>
    public int Me => _me;

    /// <summary>My key as a member; null if I only follow.</summary>
    public SigningKey? Key => _key;

    /// <summary>Has the proofs against those who break the rules.</summary>
    public Witness Witness { get; }

    /// <summary>Messages that were not taken, by reason.</summary>
    public IReadOnlyDictionary<MessageDrop, long> Dropped => _dropped;

    public Instant NextWakeup
    {
        get
        {
            var next = _gossipDue;
            if (State is AgreementState.Halted) return next;
            foreach (var due in (ReadOnlySpan<Instant>)[_closeDue, _startDue, _patientUntil, _proposeDue, _prevoteDue, _precommitDue])
                next = Instant.Earlier(next, due);
            return next;
        }
    }

    public void Tick(Moment now)
    {
        if (now.Mono < NextWakeup) return;
        if (now.Mono >= _gossipDue) Gossip(now);
        Progress(now);
    }

    /// <summary>The replicas have grown.</summary>
    public void LeavesHeld(Moment now)
    {
        foreach (var ((kind, _, signer), same) in _held)
        {
            if (kind is not MessageKind.Head || same.Count < 2 || Witness.HasAccused(_members[signer].Id)) continue;
            var held = same.FindAll(m => Extends(m, signer) is HoldState.Held && m.Head != _vector[signer]);
            for (var i = 1; i < held.Count; i++) Witness.TakeBranches(held[0], held[i], _leaves);
        }

        Progress(now);
    }

    /// <summary>What Store asked for is on disk: now its messages may be seen.</summary>
    public void Stored(Moment now, long number)
    {
        var durable = _unsaved.FindAll(m => m.Number <= number);
        _unsaved.RemoveAll(m => m.Number <= number);
        foreach (var (_, message) in durable)
        {
            if (message.Height != Height) continue;
            Keep(message, _me);
            SendToAll([message.Bytes]);
        }

        Progress(now);
    }

    public bool TryTake([NotNullWhen(true)] out AgreementEvent? happened) => _events.TryDequeue(out happened);

    private bool MayVote => State is AgreementState.Agreeing && Height > _abstainThrough && _key is not null;

    private void FindMe()
    {
        (_me, _key) = (-1, null);
        for (var place = 0; place < _members.Count; place++)
            if (_keys.FirstOrDefault(key => key.Public == _members[place].Key) is { } key) (_me, _key) = (place, key);
        _leaves.Write(_me < 0 ? null : _members[_me].Id);
    }

    /// <summary>T(r): grows, so that some round is long enough for any delay.</summary>
    private TimeSpan Timeout(long round)
    {
        var time = _base * Math.Pow(1.5, Math.Min(round, 60));
        return time < MaxTimeout ? time : MaxTimeout;
    }

    /// <summary>Signs once for a purpose, ever: what was signed before is what counts.</summary>
    private void Say(uint round, MessageKind kind, Func<AgreementMessage> make)
    {
        if (!MayVote || _own.ContainsKey((kind, round))) return;
        var message = make();
        _own.Add((kind, round), message);
        _unsaved.Add((_stores + 1, message));
        _dirty = true;
    }

    /// <summary>Asks for one store for all that was said in this call.</summary>
    private void Save()
    {
        if (!_dirty) return;
        _dirty = false;
        var record = new VoteRecord(
            Height, _round, _step, _lockedRound, _locked?.Bytes ?? [], _validRound, _valid?.Bytes ?? [],
            [.. _own.Values.Select(m => m.Bytes)]);
        _events.Enqueue(new AgreementEvent.Store(++_stores, record.Write()));
    }
}

/// <summary>Whether the machine takes part.</summary>
internal enum AgreementState
{
    /// <summary>Votes, unless it abstains.</summary>
    Agreeing,

    /// <summary>Computed something else than a quorum: signs nothing more. Line 27.</summary>
    Halted,
}

/// <summary>Whether a text is signed by this key.</summary>
internal delegate bool SignatureCheck(in VerifyKey key, ReadOnlySpan<byte> text, ReadOnlySpan<byte> signature);

/// <summary>Rules that a test can leave out, to see that it would notice.</summary>
[Flags]
internal enum AgreementRules
{
    None = 0,

    /// <summary>Lines 20 and 21: prevote no other value than the locked one without proof.</summary>
    Locks = 1,

    All = Locks,
}

/// <summary>Why a message was not taken.</summary>
internal enum MessageDrop { Malformed, Stranger, Forged, OtherHeight, TooMany }
