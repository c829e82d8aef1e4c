using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Session;

/// <summary>One tally as its holder keeps it on disk. Spec: tally.md §7.</summary>
internal sealed record TallyRecord
{
    /// <summary>H is the holder, P the partner, C who closes.</summary>
    public enum State { Draft, PDraft, HOffer, POffer, Open, COpen, Close, Void }

    public required Token16 Id { get; init; }

    public required State Now { get; init; }

    /// <summary>The holder's user.</summary>
    public required VerifyKey User { get; init; }

    /// <summary>The other user; unknown in a draft.</summary>
    public VerifyKey? Partner { get; init; }

    /// <summary>The site that speaks for the partner today.</summary>
    public required DhPublicKey PartnerSite { get; init; }

    /// <summary>The latest that came.</summary>
    public Card? PartnerCard { get; init; }

    /// <summary>With the signatures that are here; none yet in a draft.</summary>
    public Tally? Text { get; init; }

    public string Terms { get; init; } = Tally.Acquaintance;

    /// <summary>Whether the partner is known to know that it is open.</summary>
    public bool IsConfirmed { get; init; }

    /// <summary>Who ended it, and when.</summary>
    public TallyClosing? Closing { get; init; }

    /// <summary>Why it was refused.</summary>
    public string Reason { get; init; } = "";

    public required DateTimeOffset Changed { get; init; }

    /// <summary>Neither refused nor closed.</summary>
    public bool IsAlive => Now is not (State.Close or State.Void);

    public ushort Revision => Text?.Revision ?? 0;

    /// <summary>Whether a text is between the two users of this one, in the same parts.</summary>
    public bool IsBetweenTheSame(Tally text) => Text is null || (Text.Stock == text.Stock && Text.Foil == text.Foil && Text.Genesis == text.Genesis);
}

/// <summary>What a desk asks of those who keep keys.</summary>
internal interface ITallyUsers
{
    /// <summary>Our federation; zero without one.</summary>
    Bytes32 Genesis { get; }

    /// <summary>Our channel key.</summary>
    DhPublicKey Site { get; }

    /// <summary>The claim key of a user of this site; null if it is none of them.</summary>
    SigningKey? KeyOf(in VerifyKey user);

    /// <summary>What a user of this site says of itself today.</summary>
    Card CardOf(in VerifyKey user);

    /// <summary>Whether a user, or the site that speaks for it, is known here: strangers cannot leave offers.</summary>
    bool Knows(in VerifyKey partner, in DhPublicKey site);
}

/// <summary>What a desk tells, in order.</summary>
internal abstract record TallyEvent
{
    private TallyEvent() { }

    /// <summary>Put it on disk, then say so with <see cref="TallyDesk.Kept"/>: what depends on it waits for that.</summary>
    public sealed record Keep(long Number, TallyRecord Record) : TallyEvent;

    /// <summary>A message for a channel, kind byte first.</summary>
    public sealed record Send(long Channel, byte[] Message) : TallyEvent;

    /// <summary>A partner's offer is on disk: accept, refuse or revise. As wished: we had offered them the same.</summary>
    public sealed record Offered(long Channel, TallyRecord Record, bool AsWished) : TallyEvent;

    /// <summary>A record on disk has another state, or another partner's card.</summary>
    public sealed record Changed(TallyRecord Record) : TallyEvent;

    /// <summary>Somebody says who it is.</summary>
    public sealed record CardCame(long Channel, Card Card) : TallyEvent;

    /// <summary>A third message without place or sense came: close the channel.</summary>
    public sealed record HangUp(long Channel) : TallyEvent;
}
