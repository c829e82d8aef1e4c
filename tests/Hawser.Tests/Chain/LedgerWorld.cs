using Hawser.Chain;
using Hawser.Crypto;
using Hawser.Tests.Sim;
using Hawser.Wire;
using Xunit;

namespace Hawser.Tests.Chain;

/// <summary>People on one ledger, in virtual time, each with a client of its own; what is sent is for the test to deliver.</summary>
internal sealed class LedgerWorld
{
    private static readonly DateTimeOffset Epoch = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private uint _coin;

    public LedgerWorld(LedgerNetwork? network = null)
    {
        Network = network ?? LedgerNetwork.Regtest;
        Ann = new(this, "ann", HostPort.Read([198, 51, 100, 7], 40_000));
        Bob = new(this, "bob", HostPort.Read([203, 0, 113, 9], 50_000));
    }

    public LedgerNetwork Network { get; }

    public Moment Now { get; private set; } = new(new(0), Epoch);

    public int Height { get; private set; } = 1_000;

    public Person Ann { get; }

    public Person Bob { get; }

    /// <summary>Two contacts that have each other's cards.</summary>
    public static LedgerWorld OfContacts(Action<Person>? configure = null)
    {
        var world = new LedgerWorld();
        foreach (var person in (Person[])[world.Ann, world.Bob]) configure?.Invoke(person);
        world.Ann.Know(world.Bob);
        world.Bob.Know(world.Ann);
        return world;
    }

    public void Pass(TimeSpan time)
    {
        Now = new(Now.Mono + time, Now.Utc + time);
        foreach (var person in (Person[])[Ann, Bob])
        {
            person.Client.Tick(Now);
            person.Settle();
        }
    }

    /// <summary>All see them wait for a block.</summary>
    public void Show(params LedgerTransaction[] transactions)
    {
        foreach (var transaction in transactions)
            foreach (var person in (Person[])[Ann, Bob]) person.See(transaction);
    }

    /// <summary>A block that all see.</summary>
    public void Mine(params LedgerTransaction[] transactions)
    {
        Height++;
        foreach (var person in (Person[])[Ann, Bob]) person.SeeBlock(Height, transactions);
    }

    public void MineEmpty(int blocks)
    {
        for (var i = 0; i < blocks; i++) Mine();
    }

    public OutPoint FreshCoin() => new(Sha256.Hash(BitConverter.GetBytes(++_coin)), _coin % 3);
}

/// <summary>Somebody with a chain key, a channel key, an address, and as many coins as it takes.</summary>
internal sealed class Person(LedgerWorld world, string name, HostPort at, LedgerKeyPair? key = null, DhPublicKey? channel = null)
{
    private LedgerClient? _client;
    private readonly SimRandom _random = new((ulong)name.Length + name[0]);

    public string Name => name;

    public LedgerKeyPair Key { get; } = key ?? new(Sha256.Hash(System.Text.Encoding.ASCII.GetBytes(name)));

    public DhPublicKey Channel { get; } = channel ?? new DhKeyPair(Sha256.Hash(System.Text.Encoding.ASCII.GetBytes(name + "'s channel"))).Public;

    public HostPort At { get; } = at;

    public bool Accepts
    {
        get;
        set
        {
            field = value;
            Renew();
        }
    }

    public bool HearsStrangers
    {
        get;
        set
        {
            field = value;
            Renew();
        }
    }

    public bool RequiresProof
    {
        get;
        set
        {
            field = value;
            Renew();
        }
    }

    public CertificateCheck? Certificates { get; set; }

    public ulong Fee { get; set; } = 150;

    public Func<HostPort, bool> MayDial { get; set; } = static _ => true;

    /// <summary>What was chosen to be spent; a fresh coin each time unless the test says which.</summary>
    public OutPoint[]? Coins { get; set; }

    public byte SignatureKind { get; set; } = SpentWhole.All;

    public List<Meeting> Saved { get; } = [];

    public List<LedgerTransaction> Sent { get; } = [];

    public List<LedgerEvent.Addressed> Addressed { get; } = [];

    public List<LedgerContact> Contacts { get; } = [];

    /// <summary>Set: nothing is said to be durable yet.</summary>
    public bool IsDiskSlow { get; set; }

    public bool IsBroke { get; set; }

    public LedgerClient Client => _client ??= Make([]);

    public Meeting Last => Client.Meetings.Last();

    public void Know(Person other, uint generation = 0, Bytes32 psk = default)
    {
        Contacts.RemoveAll(c => c.Channel == other.Channel);
        Contacts.Add(new(other.Channel, [new(generation, Key, other.Key.Public, psk, IsConfirmed: true)]));
        Client.SetContacts(Contacts);
    }

    /// <summary>What a restart leaves: what was saved.</summary>
    public void Restart()
    {
        var stored = Saved.GroupBy(m => m.Number).Select(g => g.Last()).ToArray();
        _client = Make(stored);
        Client.SetContacts(Contacts);
        Client.Resume(world.Now);
        Settle();
    }

    public LedgerTransaction Invite(Person whom, MessageProfile profile = MessageProfile.Compact, bool introduce = false)
    {
        Assert.NotNull(Client.Invite(world.Now, whom.Channel, At, profile, introduce, 5_000));
        Settle();
        return Sent[^1];
    }

    public LedgerTransaction Accept()
    {
        Assert.True(Client.Accept(world.Now, Last.Number, At, 5_000));
        Settle();
        return Sent[^1];
    }

    public void See(LedgerTransaction transaction)
    {
        Assert.True(Client.Receive(world.Now, transaction.Write()));
        Settle();
    }

    public void SeeBlock(int height, params LedgerTransaction[] transactions)
    {
        Assert.True(Client.Receive(world.Now, height, Block(transactions)));
        Settle();
    }

    public static byte[] Block(params LedgerTransaction[] transactions) =>
        [.. new byte[80], (byte)transactions.Length, .. transactions.SelectMany(t => t.Write())];

    public long DropsOf(LedgerDrop why) => Client.DropsOf(why);

    /// <summary>Does what the client wants, as a shell would.</summary>
    public void Settle()
    {
        while (Client.TryTake(out var happened))
        {
            switch (happened)
            {
                case LedgerEvent.SaveWanted save when !IsDiskSlow:
                    Saved.Add(save.Meeting);
                    Client.Saved(save.Meeting.Number);
                    break;
                case LedgerEvent.FundWanted when IsBroke:
                    Client.NotFunded(world.Now, ((LedgerEvent.FundWanted)happened).Number, "there are not enough coins");
                    break;
                case LedgerEvent.FundWanted fund when fund.MaxFee < Fee:
                    Client.NotFunded(world.Now, fund.Number, "too dear");
                    break;
                case LedgerEvent.FundWanted fund:
                    var coins = Coins ?? [world.FreshCoin()];
                    if (Client.Compose(fund.Number, coins) is not { } script) break;
                    Assert.Equal(fund.ScriptSize, script.Length);
                    Client.Signed(world.Now, fund.Number, Spend(coins, [new(0, script), .. fund.More is null ? Array.Empty<LedgerOutput>() : [fund.More]], SignatureKind), Fee);
                    break;
                case LedgerEvent.SendWanted send:
                    Assert.Contains(Saved, m => m.Raw.AsSpan().SequenceEqual(send.Raw)); // durable before it is sent
                    Assert.True(LedgerTransaction.TryRead(send.Raw, out var sent));
                    Sent.Add(sent);
                    Client.Sent(world.Now, send.Number);
                    break;
                case LedgerEvent.Addressed addressed:
                    Addressed.Add(addressed);
                    break;
            }
        }
    }

    /// <summary>A transaction with a signature that looks like one.</summary>
    public static LedgerTransaction Spend(OutPoint[] coins, LedgerOutput[] outputs, byte kind = SpentWhole.All) => new()
    {
        Inputs = [.. coins.Select(coin => new LedgerInput(coin, [], 0xFFFFFFFE, [[.. new LedgerKeyPair(Sha256.Hash("coin"u8)).SignDer(coin.Transaction), kind], new byte[33]]))],
        Outputs = outputs,
    };

    // Before anything has happened, it may be made otherwise.
    private void Renew()
    {
        if (_client is null) return;
        Assert.Empty(_client.Meetings);
        _client = Make([]);
        _client.SetContacts(Contacts);
    }

    private LedgerClient Make(Meeting[] stored) => new(world.Now, _random, new()
    {
        Network = world.Network, Own = Key, Channel = Channel, OwnAddress = () => At, MayDial = address => MayDial(address),
        AcceptsContacts = Accepts, HearsStrangers = HearsStrangers, RequiresProof = RequiresProof, Certificates = () => Certificates,
    }, null, stored) { Best = world.Height, Reached = world.Height };
}
