using System.Diagnostics.CodeAnalysis;

namespace Hawser.Chain;

/// <summary>
/// Meets contacts by transactions: reads what the ledger brings, says what is to be sent, and never sends what is not
/// durable. Spec: chain.md.
/// </summary>
internal sealed partial class LedgerClient : IMachine<LedgerEvent>
{
    public const int Life = 144; // chain.md §6: blocks
    public const int Attempts = 3;
    public const int MaxStrangers = 32;
    public static readonly TimeSpan LongestLife = TimeSpan.FromHours(24);
    public static readonly TimeSpan FirstBackOff = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private static readonly TimeSpan Sweep = TimeSpan.FromMinutes(1);

    private readonly LedgerClientSetup _setup;
    private readonly IEntropy _entropy;
    private readonly Queue<LedgerEvent> _events = new();
    private readonly SortedDictionary<long, Meeting> _meetings = [];
    private readonly Dictionary<long, MessageKind> _funding = [];
    private readonly Dictionary<long, Instant> _retries = [];
    private readonly HashSet<long> _unsaved = []; // to be sent once they are durable
    private readonly long[] _drops = new long[Enum.GetValues<LedgerDrop>().Length];
    private PreparedGeneration[] _known = [];
    private Instant _sweep;
    private long _last;

    /// <param name="now">Now.</param>
    /// <param name="entropy">For salts and ephemeral keys.</param>
    /// <param name="setup">Who we are.</param>
    /// <param name="coins">Looked for on the way; null where a node's wallet pays.</param>
    /// <param name="stored">All meetings so far, in any order.</param>
    public LedgerClient(Moment now, IEntropy entropy, LedgerClientSetup setup, OwnCoins? coins, IEnumerable<Meeting> stored)
    {
        (_setup, _entropy, Coins, _sweep) = (setup, entropy, coins, now.Mono + Sweep);
        foreach (var meeting in stored)
        {
            _meetings.Add(meeting.Number, meeting);
            _last = Math.Max(_last, meeting.Number);
        }
    }

    public OwnCoins? Coins { get; }

    /// <summary>Height of the newest block that there is, read or not: a node's word.</summary>
    public int Best { get; set; }

    /// <summary>Height of the newest block that was read. Lives are counted by it, so that no node ends them by a word.</summary>
    public int Reached { get; set; }

    public IReadOnlyCollection<Meeting> Meetings => _meetings.Values;

    /// <summary>Outputs that were looked at.</summary>
    public long Scanned { get; private set; }

    public Instant NextWakeup => _retries.Values.Aggregate(_sweep, Instant.Earlier);

    public long DropsOf(LedgerDrop drop) => _drops[(int)drop];

    public Meeting? Find(long number) => _meetings.GetValueOrDefault(number);

    /// <summary>Whose messages are looked for. Costs one key agreement for each generation that was not there before.</summary>
    public void SetContacts(IEnumerable<LedgerContact> contacts)
    {
        _known =
        [
            .. from contact in contacts
               from generation in contact.Generations
               select Array.Find(_known, known => known.Channel == contact.Channel && known.Keys == generation)
                   ?? new(contact.Channel, generation, _setup.Network),
        ];
        RefreshWatch();
    }

    /// <summary>Goes on with what a crash or a stop left: what was durable is sent again, drafts are given up.</summary>
    public void Resume(Moment now)
    {
        foreach (var meeting in _meetings.Values.ToArray())
        {
            switch (meeting.State)
            {
                case MeetingState.Drafted:
                    Fail(now, meeting, "the node stopped before it was sent");
                    break;
                case MeetingState.Accepting when meeting.Raw.Length == 0:
                    Set(now, meeting with { State = MeetingState.Decrypted, Trouble = "the node stopped before it was answered" });
                    break;
                case MeetingState.Sent:
                case MeetingState.Accepting:
                    _events.Enqueue(new LedgerEvent.SendWanted(meeting.Number, meeting.Raw));
                    break;
                case MeetingState.Addressed:
                case MeetingState.Handshaking:
                    Address(now, meeting);
                    break;
                case MeetingState.Decrypted:
                case MeetingState.Connected:
                case MeetingState.Failed:
                    break;
            }
        }

        RefreshWatch();
    }

    public void Tick(Moment now)
    {
        foreach (var (number, due) in _retries.ToArray())
        {
            if (now.Mono < due) continue;
            _retries.Remove(number);
            if (Find(number) is { State: MeetingState.Addressed } meeting) Announce(meeting);
        }

        if (now.Mono < _sweep) return;
        _sweep = now.Mono + Sweep;
        Expire(now);
    }

    public bool TryTake([NotNullWhen(true)] out LedgerEvent? happened) => _events.TryDequeue(out happened);

    private void Expire(Moment now)
    {
        foreach (var meeting in _meetings.Values.Where(m => !m.IsOver && IsExpired(now, m)).ToArray())
            Fail(now, meeting, meeting.State is MeetingState.Sent ? "nobody answered within a day" : "it is older than a day");
    }

    private bool IsExpired(Moment now, Meeting meeting) =>
        Reached - (meeting.Height ?? meeting.Since) >= Life || now.Utc - meeting.Begun >= LongestLife;

    private void Address(Moment now, Meeting meeting)
    {
        meeting = Set(now, meeting with { State = MeetingState.Addressed, Trouble = null });
        _retries.Remove(meeting.Number);
        Announce(meeting);
    }

    private void Announce(Meeting meeting)
    {
        if (KeysOf(meeting) is { } keys)
            _events.Enqueue(new LedgerEvent.Addressed(meeting, keys.SecretFor(_setup.Network, meeting.Invitation, meeting.Answer)));
    }

    private Meeting Fail(Moment now, Meeting meeting, string why)
    {
        _retries.Remove(meeting.Number);
        _funding.Remove(meeting.Number);
        _unsaved.Remove(meeting.Number);
        meeting = Set(now, meeting with { State = MeetingState.Failed, Trouble = why, Own = null, Peer = null });
        _events.Enqueue(new LedgerEvent.Ended(meeting));
        return meeting;
    }

    private Meeting Set(Moment now, Meeting meeting)
    {
        meeting = meeting with { Changed = now.Utc };
        _meetings[meeting.Number] = meeting;
        _events.Enqueue(new LedgerEvent.SaveWanted(meeting));
        RefreshWatch();
        return meeting;
    }

    private Meeting Begin(Moment now, Meeting meeting) => Set(now, meeting with { Number = ++_last, Begun = now.Utc, Since = Best });

    private PreparedGeneration? KeysOf(Meeting meeting) => meeting.Contact is { } contact
        ? Array.Find(_known, known => known.Channel == contact && known.Keys.Number == meeting.Generation)
        : null;

    private void Drop(LedgerDrop why) => _drops[(int)why]++;
}
