using Hawser.Crypto;
using Hawser.Handshake;
using Hawser.Tests.Sim;
using Hawser.Transport;

namespace Hawser.Tests.Transport;

/// <summary>Two endpoints on a simulated wire whose owners solve every puzzle and accept everyone.</summary>
internal sealed class EndpointPair
{
    private readonly List<(Endpoint Of, EndpointEvent Happened)> _told = [];

    public EndpointPair(ulong seed, SimLink link, SimNat? nat = null, Settings? settings = null, int cidI = 8, int cidH = 8)
    {
        Network = new(seed, link);
        var random = new SimRandom(seed);
        (KeyI, KeyH) = (DhKeyPair.Generate(random), DhKeyPair.Generate(random));
        I = new(Network.Now, random, new() { Key = KeyI, Settings = settings ?? Settings.Default, CidLength = cidI });
        H = new(Network.Now, random, new() { Key = KeyH, CidLength = cidH });
        Network.Add(ConnectionPair.At(nat is null ? "192.0.2.1:1000" : "10.0.0.2:1000"), nat, I);
        Network.Add(ConnectionPair.AddressH, null, H);
    }

    public SimNetwork Network { get; }

    public DhKeyPair KeyI { get; }

    public DhKeyPair KeyH { get; }

    public Endpoint I { get; private set; }

    public Endpoint H { get; }

    public bool RefuseAll { get; set; }

    public Moment Now => Network.Now;

    /// <summary>Puts another endpoint in the initiator's place, as a process that was started again.</summary>
    public void Revive(Endpoint reborn)
    {
        I = reborn;
        Network.Replace(ConnectionPair.At("192.0.2.1:1000"), reborn);
    }

    public ConnectionId Connect(HandshakeLetter letter, Endpoint? from = null) => (from ?? I).Connect(Now, new()
    {
        Route = Route.Udp(ConnectionPair.AddressH),
        HostKey = KeyH.Public,
        Letter = letter,
        Name = letter is HandshakeLetter.N ? new PeerName(KeyI.Public) : default,
        ConnectData = [.. "let me in"u8],
    });

    public void Run(int milliseconds)
    {
        for (var i = 0; i < milliseconds; i++)
        {
            Network.Run(TimeSpan.FromMilliseconds(1));
            Answer(I);
            Answer(H);
        }
    }

    public IEnumerable<T> All<T>(Endpoint of)
        where T : EndpointEvent => _told.Where(t => t.Of == of).Select(t => t.Happened).OfType<T>();

    private void Answer(Endpoint endpoint)
    {
        while (endpoint.TryTake(out var happened))
        {
            _told.Add((endpoint, happened));
            switch (happened)
            {
                case EndpointEvent.SolveWanted wanted:
                    if (Puzzle.TrySolve(wanted.Puzzle, 0, int.MaxValue, out var x)) endpoint.Solved(Now, wanted.Number, x);
                    break;
                case EndpointEvent.KeyWanted wanted: endpoint.AnswerKey(Now, wanted.Connection, KeyI.Public); break;
                case EndpointEvent.Requested requested when RefuseAll: endpoint.Refuse(Now, requested.Connection); break;
                case EndpointEvent.Requested requested: endpoint.Accept(Now, requested.Connection, "welcome"u8); break;
            }
        }
    }
}
