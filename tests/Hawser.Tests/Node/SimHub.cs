using Hawser.Crypto;
using Hawser.Node;
using Hawser.Tests.Sim;

namespace Hawser.Tests.Node;

/// <summary>A hub that everybody has signed on to.</summary>
internal sealed class SimHub : IDatagramMachine
{
    public SimHub(SimNetwork network, HostPort at, SimRandom random)
    {
        At = at;
        Key = DhKeyPair.Generate(random);
        Machine = new(network.Now, new() { Genesis = default, ChannelKey = Key }, random);
        network.Add(at, null, this);
    }

    public HostPort At { get; }

    public DhKeyPair Key { get; }

    public HubMachine Machine { get; }

    /// <summary>Its sockets for TCP; null: there are none.</summary>
    public SimTcpSide? Tcp
    {
        get;
        set
        {
            field = value;
            field!.Channels = Machine.Tcp;
        }
    }

    public Instant NextWakeup => Tcp is { } tcp ? Instant.Earlier(Machine.NextWakeup, tcp.NextWakeup) : Machine.NextWakeup;

    public HubTarget Target => new(Key.Public, [At]);

    public void Tick(Moment now)
    {
        Machine.Tick(now);
        Tcp?.Work(now);
    }

    public void Receive(Moment now, in Route from, Span<byte> datagram) => Machine.Receive(now, from, datagram);

    public bool TryTransmit(Moment now, Span<byte> buffer, out Transmit transmit)
    {
        var found = Machine.TryTransmit(now, buffer, out transmit);
        while (Machine.TryTake(out var happened))
            if (happened is HubEvent.SignOnWanted wanted) Machine.Admit(now, wanted.Line, signedOn: true);
        Tcp?.Work(now);
        return found || Machine.TryTransmit(now, buffer, out transmit);
    }
}
