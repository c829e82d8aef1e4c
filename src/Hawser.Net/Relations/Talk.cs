using Hawser.Session;

namespace Hawser.Net.Relations;

/// <summary>A tally with the messages that go and come in it. All of it is under the lock of its <see cref="Correspondence"/>.</summary>
internal sealed class Talk(long number, TallyRecord record)
{
    /// <summary>In the book.</summary>
    public long Number => number;

    public TallyRecord Record { get; set; } = record;

    /// <summary>Nothing of it goes or comes: the user has blocked the partner.</summary>
    public bool IsMuted { get; set; }

    /// <summary>What its messages go over.</summary>
    public SiteLink? Via { get; set; }

    public List<OutSeries> Out { get; } = [];

    /// <summary>The one that new messages are in.</summary>
    public OutSeries? Current { get; set; }

    public Dictionary<ulong, Inbox> In { get; } = [];

    /// <summary>Those of which something is to be confirmed.</summary>
    public HashSet<Inbox> Unconfirmed { get; } = [];

    /// <summary>The last type that came: most are the same, and need no array of their own.</summary>
    public byte[] LastType { get; set; } = [];

    public bool HasQueued => Out.Exists(series => !series.Box.IsEmpty);

    /// <summary>Something is to be said, and for that a channel is needed.</summary>
    public bool WantsChannel => !IsMuted && Record.Now switch
    {
        TallyRecord.State.Draft or TallyRecord.State.HOffer or TallyRecord.State.COpen => true,
        TallyRecord.State.Open => !Record.IsConfirmed || HasQueued,
        TallyRecord.State.PDraft or TallyRecord.State.POffer or TallyRecord.State.Close or TallyRecord.State.Void => false,
    };

    public void Use(SiteLink? link)
    {
        if (Via == link) return;
        Via = link;
        foreach (var series in Out) series.Box.Rewind();
    }
}

/// <summary>One series of ours, with the messages at hand that are not delivered.</summary>
internal sealed class OutSeries(Outbox box)
{
    public const int MaxAtHand = 4 * Outbox.Window;

    public Outbox Box => box;

    public Dictionary<ulong, BookedMessage> AtHand { get; } = [];

    /// <summary>Not at hand, and needed: from this number on.</summary>
    public ulong? Missing { get; set; }

    /// <summary>A message with its place in the book, from which to look for those with higher numbers.</summary>
    public (ulong Number, long Seq) Seen { get; set; }

    public void Remember(BookedMessage message)
    {
        if (AtHand.Count < MaxAtHand) AtHand[message.Number] = message;
    }
}

/// <summary>A channel that is in use, and what waits to go over it.</summary>
internal sealed class SiteLink(long number, ISiteChannel channel)
{
    public long Number => number;

    public ISiteChannel Channel => channel;

    /// <summary>Messages about tallies, in order.</summary>
    public Queue<byte[]> Control { get; } = new();

    /// <summary>Set when there may be something to send.</summary>
    public Peers.Signal Wake { get; } = new();

    public List<Talk> Talks { get; } = [];
}

/// <summary>What is to be written together: one sync of the disk for all of it.</summary>
internal sealed class Batch
{
    public List<(long Keep, Talk Talk, TallyRecord Record)> Records { get; } = [];

    public List<BookedMessage> Messages { get; } = [];

    public Dictionary<Outbox, Talk> Out { get; } = [];

    /// <summary>Series of ours, with their messages, that belong to another tally from now on.</summary>
    public List<(ulong Series, long From, long To)> Moves { get; } = [];

    public Dictionary<Inbox, Talk> In { get; } = [];

    /// <summary>Messages of ours that the peer confirmed.</summary>
    public List<Delivered> Delivered { get; } = [];

    public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool IsEmpty => Records.Count == 0 && Moves.Count == 0 && Messages.Count == 0 && Out.Count == 0 && In.Count == 0;
}

/// <summary>The peer has these on its disk.</summary>
internal readonly record struct Delivered(Talk Talk, ulong Series, ulong First, ulong Last);
