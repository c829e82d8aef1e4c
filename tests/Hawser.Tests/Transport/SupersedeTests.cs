using Hawser.Handshake;
using Hawser.Tests.Sim;
using Hawser.Transport;
using Xunit;

namespace Hawser.Tests.Transport;

/// <summary>A peer that was killed and comes back finds no dead connection of its own in its way.</summary>
public class SupersedeTests
{
    private static readonly SimLink Good = new(TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(1));

    [Fact]
    public void A_new_connection_of_the_same_key_ends_its_silent_predecessor()
    {
        var pair = new EndpointPair(11, Good);
        pair.Connect(HandshakeLetter.I);
        pair.Run(500);
        var dead = Assert.Single(pair.All<EndpointEvent.Established>(pair.H)).Connection;

        // Killed: nobody answers for the first connection any more, and nobody said good-bye.
        var reborn = new Endpoint(pair.Now, new SimRandom(12), new() { Key = pair.KeyI });
        pair.Revive(reborn);
        pair.Connect(HandshakeLetter.I, reborn);
        pair.Run(2_500);
        Assert.Equal(new EndpointEvent.Closed(dead, CloseReason.Reconnecting), Assert.Single(pair.All<EndpointEvent.Closed>(pair.H)));
        Assert.Equal(2, pair.All<EndpointEvent.Established>(pair.H).Count());
    }

    [Fact]
    public void A_predecessor_that_answers_stays()
    {
        var pair = new EndpointPair(13, Good);
        pair.Connect(HandshakeLetter.I);
        pair.Run(500);
        pair.Connect(HandshakeLetter.I);
        pair.Run(10_000);
        Assert.Empty(pair.All<EndpointEvent.Closed>(pair.H));
        Assert.Equal(2, pair.All<EndpointEvent.Established>(pair.H).Count());
    }
}
