using System.Diagnostics.CodeAnalysis;
using Hawser.Naming;

namespace Hawser.Federation;

/// <summary>What a lookup found out about an ID.</summary>
/// <param name="Title">Null: nobody's.</param>
/// <param name="Header">The certified header that shows it.</param>
/// <param name="Stale">Official time is far behind the clock: say so, and dial strangers only if told to.</param>
internal sealed record LookupResult(Title? Title, Header Header, bool Stale)
{
    /// <summary>Whether its keys may be dialled.</summary>
    public bool IsHeld => Title is { Status: TitleStatus.Provisional or TitleStatus.Final } title && !title.IsExpiredAt(Header.Tick);
}

/// <summary>
/// The federation as a node knows it: its genesis and the newest header it ever verified. It never goes back: a proof
/// under an older header may show an owner who has sold. Spec: registry.md §5.
/// </summary>
internal sealed class FederationPin(Genesis genesis, Header? newest, Epochs? epochs = null)
{
    public const int StaleTicks = 4; // registry.md §6

    public Genesis Genesis { get; } = genesis;

    /// <summary>Who the admins were, as far as is known here.</summary>
    public Epochs Epochs { get; } = epochs ?? Epochs.Of(genesis);

    public Members Members => Epochs.Newest;

    /// <summary>To be stored whenever it has changed, before anything is done with what it showed.</summary>
    public Header? Newest { get; private set; } = newest;

    /// <summary>A header that a certificate of ours or a proof verified; false if it is older than the newest, or denies it.</summary>
    public bool TryAdvance(in Header header)
    {
        if (header.Genesis != Genesis.Hash) return false;
        if (Newest is not { } newest || header.Height > newest.Height && header.Tick > newest.Tick) Newest = header;
        return Newest == header;
    }

    /// <summary>Checks a proof of an ID; null, or a sentence on what is wrong. A good one advances the pin.</summary>
    public string? Check(Moment now, RoutingId id, ReadOnlySpan<byte> bytes, out LookupResult? result)
    {
        result = null;
        if (!OwnershipProof.TryRead(bytes, out var proof)) return "this is no ownership proof";
        if (Newest is { } newest && proof.Height < newest.Height)
            return $"the proof is of height {proof.Height}, and height {newest.Height} has been seen already";
        if (proof.Verify(Genesis.Hash, Epochs, id, out var header) is { } wrong) return wrong;
        if (!TryAdvance(header)) return "the proof's header contradicts one that was verified before: tell the admins";
        var stale = !Genesis.Clock.TryAt(now.Utc, out var tick) || tick.Number - header.Tick.Number > StaleTicks;
        result = new(proof.Title, header, stale);
        return null;
    }
}

/// <summary>What a lookup wants done, and its end.</summary>
internal abstract record LookupEvent
{
    private LookupEvent() { }

    /// <summary>Ask the hub of this member for the proof of the ID, then call Answer(number).</summary>
    public sealed record Fetch(long Number, int Member) : LookupEvent;

    /// <summary>Store the pin's newest header, then call Done(number).</summary>
    public sealed record Store(long Number, Header Newest) : LookupEvent;

    public sealed record Found(LookupResult Result) : LookupEvent;

    /// <summary>No hub gave a proof that holds; the last reason.</summary>
    public sealed record Failed(string Why) : LookupEvent;
}

/// <summary>
/// Looks one ID up: asks f + 1 hubs, so an honest one is among them, and takes the newest proof that holds. Who does not
/// answer is replaced by the next hub. Spec: registry.md §5.
/// </summary>
internal sealed class Lookup : IMachine<LookupEvent>
{
    private readonly FederationPin _pin;
    private readonly RoutingId _id;
    private readonly Queue<LookupEvent> _events = new();
    private readonly HashSet<long> _asked = [];
    private readonly int _start;
    private LookupResult? _best;
    private string _why = "no hub answered";
    private int _next;
    private long _numbers;
    private long _storing;

    /// <param name="pin">Shared by all lookups.</param>
    /// <param name="id">Whose title is wanted.</param>
    /// <param name="first">The member to begin with: different ones spread the load.</param>
    public Lookup(FederationPin pin, RoutingId id, int first)
    {
        (_pin, _id, _start) = (pin, id, first);
        for (var i = 0; i <= pin.Members.MaxFaulty; i++) AskNext();
    }

    public Instant NextWakeup => Instant.Never; // whoever fetches has the time-out

    public void Tick(Moment now) { }

    public bool TryTake([NotNullWhen(true)] out LookupEvent? happened) => _events.TryDequeue(out happened);

    /// <summary>The proof that a hub gave; empty if it gave none.</summary>
    public void Answer(Moment now, long number, ReadOnlySpan<byte> proof)
    {
        if (!_asked.Remove(number)) return;
        if (proof.IsEmpty)
        {
            AskNext();
        }
        else if (_pin.Check(now, _id, proof, out var result) is { } wrong)
        {
            if (_best is null) AskNext(); // else an older proof is the honest answer of a hub that lags
            _why = wrong;
        }
        else
        {
            _best = result;
        }

        if (_asked.Count > 0) return;
        if (_best is null)
        {
            _events.Enqueue(new LookupEvent.Failed(_why));
            return;
        }

        _storing = ++_numbers;
        _events.Enqueue(new LookupEvent.Store(_storing, _best.Header));
    }

    /// <summary>The header is durable: from here on nothing older is believed, whatever happens.</summary>
    public void Done(Moment now, long number)
    {
        if (number != _storing || _best is null) return;
        _storing = 0;
        _events.Enqueue(new LookupEvent.Found(_best));
    }

    private void AskNext()
    {
        if (_next == _pin.Members.Count) return;
        var member = (_start + _next++) % _pin.Members.Count;
        _asked.Add(++_numbers);
        _events.Enqueue(new LookupEvent.Fetch(_numbers, member));
    }
}
