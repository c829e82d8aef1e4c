using Hawser.Crypto;
using Hawser.Session;
using Hawser.Tests.Sim;
using Hawser.Wire;

namespace Hawser.Tests.Session;

/// <summary>A site with one user: a desk, and a disk that loses with a crash what was not synced.</summary>
internal sealed class SimSite : ITallyUsers
{
    private static long _channels;

    private readonly SimRandom _random;
    private readonly Queue<(long Number, TallyRecord Record)> _unsynced = new();
    private readonly Dictionary<Token16, TallyRecord> _disk = [];
    private readonly List<(long Channel, SimSite Other, long There)> _lines = [];
    private TallyDesk _desk;

    public SimSite(string name, ulong seed)
    {
        (Name, _random) = (name, new(seed));
        User = new(Sha256.Hash(System.Text.Encoding.ASCII.GetBytes(name)));
        Site = new(Sha256.Hash(System.Text.Encoding.ASCII.GetBytes($"site of {name}")));
        _desk = new(this, _random);
    }

    public string Name { get; }

    public SigningKey User { get; }

    public DhPublicKey Site { get; set; }

    public Bytes32 Genesis => default;

    public TallyDesk Desk => _desk;

    public Moment Now { get; set; } = new(new(0), DateTimeOffset.UnixEpoch + TimeSpan.FromDays(20_000));

    /// <summary>Whether records are synced as they come.</summary>
    public bool Syncs { get; set; } = true;

    public bool KnowsEverybody { get; set; } = true;

    /// <summary>What to do with an offer; accept it if it is null.</summary>
    public Action<TallyRecord>? OnOffer { get; set; }

    /// <summary>What to do with a card.</summary>
    public Action<SimSite, Card>? OnCard { get; set; }

    public List<long> HungUp { get; } = [];

    /// <summary>All that it ever sent.</summary>
    public List<byte[]> Sent { get; } = [];

    /// <summary>On its way from here, by channel.</summary>
    public Queue<(long Channel, byte[] Message)> Wire { get; } = new();

    public TallyRecord Only => Desk.All.Single(record => record.IsAlive);

    public SigningKey? KeyOf(in VerifyKey user) => user == User.Public ? User : null;

    public Card CardOf(in VerifyKey user) => Card.Sign(new() { Genesis = default, User = user, Site = Site, Made = Made, Name = Name }, User);

    public ulong Made { get; set; } = 1_795_323_600;

    public bool Knows(in VerifyKey partner, in DhPublicKey site) => KnowsEverybody;

    public void Connect(SimSite other)
    {
        var (here, there) = (++_channels, ++_channels);
        _lines.Add((here, other, there));
        other._lines.Add((there, this, here));
        Desk.ChannelUp(Now, here, other.Site);
        other.Desk.ChannelUp(Now, there, Site);
    }

    /// <summary>All channels of this site break; what is on the way is lost.</summary>
    public void Disconnect()
    {
        foreach (var (here, other, there) in _lines)
        {
            Desk.ChannelDown(here);
            other.Desk.ChannelDown(there);
            other._lines.RemoveAll(line => line.Channel == there);
            other.Forget(there);
        }

        _lines.Clear();
        Wire.Clear();
    }

    /// <summary>Power is cut, and comes back.</summary>
    public void Crash()
    {
        Disconnect();
        _unsynced.Clear();
        _desk = new(this, _random);
        foreach (var record in _disk.Values) _desk.Load(record);
    }

    public void Sync()
    {
        while (_unsynced.TryDequeue(out var one))
        {
            _disk[one.Record.Id] = one.Record;
            Desk.Kept(one.Number);
        }
    }

    public long ChannelTo(SimSite other) => _lines.Last(line => line.Other == other).Channel;

    /// <summary>One thing that is due here happens; false if nothing is.</summary>
    public bool Step()
    {
        if (Desk.TryTake(out var happened))
        {
            Deal(happened);
            return true;
        }

        if (Syncs && _unsynced.Count > 0)
        {
            Sync();
            return true;
        }

        if (!Wire.TryDequeue(out var next)) return false;
        if (_lines.FirstOrDefault(line => line.Channel == next.Channel) is { Other: { } other } line) other.Desk.Receive(Now, line.There, next.Message);
        return true;
    }

    public static void Run(params SimSite[] sites)
    {
        var moved = true;
        while (moved)
        {
            moved = false;
            foreach (var site in sites) moved |= site.Step();
        }
    }

    private void Forget(long channel)
    {
        var rest = Wire.Where(sent => sent.Channel != channel).ToArray();
        Wire.Clear();
        foreach (var one in rest) Wire.Enqueue(one);
    }

    private void Deal(TallyEvent happened)
    {
        switch (happened)
        {
            case TallyEvent.Keep keep: _unsynced.Enqueue((keep.Number, keep.Record)); break;
            case TallyEvent.Send send:
                Sent.Add(send.Message);
                Wire.Enqueue((send.Channel, send.Message));
                break;
            case TallyEvent.Offered { AsWished: true } offered: Desk.Accept(Now, offered.Record.Id); break;
            case TallyEvent.Offered offered when OnOffer is { } decide: decide(offered.Record); break;
            case TallyEvent.Offered offered: Desk.Accept(Now, offered.Record.Id); break;
            case TallyEvent.CardCame came when _lines.FirstOrDefault(line => line.Channel == came.Channel) is { Other: { } other }:
                if (OnCard is { } act) act(other, came.Card);
                else Desk.Introduce(came.Channel, User.Public);
                break;
            case TallyEvent.HangUp up: HungUp.Add(up.Channel); break;
        }
    }
}
