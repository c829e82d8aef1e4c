using Hawser.Crypto;
using Hawser.Handshake;
using Hawser.Tests.Sim;
using Hawser.Transport;
using Hawser.Wire;
using Xunit;

namespace Hawser.Tests.Transport;

/// <summary>Keys that are drawn ahead: they save time, and serve once.</summary>
public class PreparedKeyTests
{
    [Theory]
    [InlineData('I')]
    [InlineData('N')]
    public void Two_challenges_are_never_answered_with_one_key(char letter)
    {
        var random = new SimRandom(1);
        var now = new SimNetwork(1, new(TimeSpan.Zero, TimeSpan.Zero)).Now;
        var (own, host) = (DhKeyPair.Generate(random), DhKeyPair.Generate(random));
        var route = Route.Udp(ConnectionPair.AddressH);
        var initiator = new ConnectInitiator(now, random, new() { Key = own }, new()
        {
            Route = route, HostKey = host.Public, Letter = (HandshakeLetter)letter, Name = letter == 'N' ? new(own.Public) : default,
        });
        var buffer = new byte[2_000];
        Assert.True(initiator.TryTransmit(now, buffer, out _));
        Assert.False(initiator.TryTransmit(now, buffer, out _)); // here it draws them

        var keys = new HashSet<string>();
        for (ulong nonceH = 1; nonceH <= 3; nonceH++)
        {
            var challenge = new ChallengeResponse(initiator.NonceI, 7, nonceH, 0, 7, null, []);
            initiator.Receive(now, route, challenge.ToArray());
        }

        while (initiator.TryTake(out var happened)) initiator.Solved(now, Assert.IsType<ConnectEvent.SolveWanted>(happened).Number, 0);
        for (var i = 0; i < 3; i++)
        {
            if (!initiator.TryTransmit(now, buffer, out var transmit)) break;
            Assert.True(ConnectCall.TryRead(buffer.AsSpan(0, transmit.Length), out var call));
            Assert.True(keys.Add(Convert.ToHexString(call.First[..Bytes32.Size])));
            if (letter == 'N') Assert.True(keys.Add(Convert.ToHexString(call.Second[..Bytes32.Size])));
        }

        Assert.True(keys.Count >= (letter == 'N' ? 4 : 2));
    }

    [Fact]
    public void A_stock_gives_each_key_once_and_draws_none_for_who_takes_none()
    {
        var random = new CountingEntropy();
        var stock = new KeyStock(random);
        stock.Tick(new(0));
        Assert.Equal((0, Instant.Never), (random.Draws, stock.NextWakeup));
        var given = new HashSet<DhPublicKey>();
        for (var i = 0; i < 20; i++) Assert.True(given.Add(stock.Take(new(1_000 * i)).Public));
        Assert.InRange(random.Draws, 20, 20 + 16);
    }

    [Fact]
    public void A_stock_is_filled_when_nothing_was_taken_for_a_while()
    {
        var random = new CountingEntropy();
        var stock = new KeyStock(random);
        var now = new Instant(1_000_000);
        for (var i = 0; i < 3; i++) stock.Take(now);
        var due = stock.NextWakeup;
        Assert.InRange((due - now).TotalMilliseconds, 1, 10);
        var before = random.Draws;
        stock.Tick(now);
        Assert.Equal(before, random.Draws);
        stock.Tick(due);
        Assert.Equal((before + 2, Instant.Never), (random.Draws, stock.NextWakeup));
        stock.Take(due); // that one was ready
        Assert.Equal(before + 2, random.Draws);
    }

    private sealed class CountingEntropy : IEntropy
    {
        private readonly SimRandom _random = new(2);

        public int Draws { get; private set; }

        public void Fill(Span<byte> bytes)
        {
            Draws++;
            _random.Fill(bytes);
        }
    }
}
