using Hawser.Crypto;
using Hawser.Session;
using Hawser.Wire;
using Xunit;
using static Hawser.Tests.Rendezvous.PunchPair;

namespace Hawser.Tests.Session;

public class TicketShownTests
{
    private static readonly TicketShown Full = new()
    {
        Token = Token16.Read("0123456789abcdef"u8), Name = "laptop", Hub = new(Sha256.Hash("hub"u8)), HubAddresses = [At("192.0.2.1:65430")],
    };

    [Fact]
    public void Is_read_as_it_was_written_and_in_no_other_form()
    {
        foreach (var shown in new[] { Full, new TicketShown { Token = Full.Token } })
        {
            var bytes = shown.Write();
            Assert.True(TicketShown.TryRead(bytes, out var read));
            Assert.Equal((shown.Token, shown.Name, shown.Hub), (read.Token, read.Name, read.Hub));
            Assert.Equal(shown.HubAddresses, read.HubAddresses);
            for (var length = 0; length < bytes.Length; length++) Assert.False(TicketShown.TryRead(bytes.AsSpan(0, length), out _));
            Assert.False(TicketShown.TryRead([.. bytes, 0], out _));
        }
    }

    [Fact]
    public void Fits_into_letter_I()
    {
        var largest = Full with { Name = new('a', Ticket.MaxName), HubAddresses = [At("[2001:db8::1]:1"), At("[2001:db8::1]:2"), At("[2001:db8::1]:3"), At("[2001:db8::1]:4")] };
        Assert.Equal(TicketShown.MaxSize, largest.Write().Length);
        Assert.InRange(TicketShown.MaxSize, 1, Hawser.Rendezvous.IntroductionSeal.MaxTicket);
    }
}
