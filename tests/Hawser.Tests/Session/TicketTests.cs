using System.Buffers.Text;
using System.Text.Json;
using Hawser.Crypto;
using Hawser.Handshake;
using Hawser.Session;
using Hawser.Wire;
using Xunit;
using static Hawser.Tests.Rendezvous.PunchPair;

namespace Hawser.Tests.Session;

public class TicketTests
{
    private sealed record Vector(string Name, string Link, string? Kind, bool Reject);

    private static readonly Vector[] Vectors = JsonSerializer.Deserialize<Vector[]>(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "vectors", "tickets.json")), JsonSerializerOptions.Web)!;

    private static readonly SigningKey User = new(Sha256.Hash("user"u8));

    private static readonly DhPublicKey Hub = new(Sha256.Hash("hub"u8));

    private static readonly Ticket Invitation = new()
    {
        Host = new(Sha256.Hash("host"u8)),
        Token = Token16.Read("0123456789abcdef"u8),
        Expires = DateTimeOffset.FromUnixTimeSeconds(2_000_000_000),
        Hub = Hub,
        Genesis = Sha256.Hash("genesis"u8),
        HubAddresses = [At("192.0.2.1:65430")],
        HostAddresses = [At("192.168.1.5:5000")],
        HostName = "pi",
        Service = "ssh",
    };

    public static TheoryData<string> Names() => [.. Vectors.Select(v => v.Name)];

    [Theory, MemberData(nameof(Names))]
    public void Matches_the_spec(string name)
    {
        var vector = Vectors.Single(v => v.Name == name);
        var again = TicketLink.TryParse(vector.Link, out var ticket) ? TicketLink.Write(ticket, User)
            : TicketCode.TryParse(vector.Link, [Hub], out ticket) ? TicketCode.Write(ticket) : null;
        Assert.Equal(vector.Reject ? null : vector.Link, again);
        if (vector.Reject) return;
        var expected = vector.Kind switch
        {
            "ticket" => TicketLink.Write(Invitation, User),
            "code" => TicketCode.Write(Invitation),
            "direct code" => TicketCode.Write(Invitation with { Hub = null }),
            _ => vector.Link,
        };
        Assert.Equal(expected, vector.Link);
    }

    [Fact]
    public void A_slip_in_any_character_is_noticed()
    {
        var link = TicketLink.Write(Invitation, User);
        for (var i = 0; i < link.Length; i++)
        {
            var slip = string.Concat(link.AsSpan(0, i), link[i] == 'A' ? "B" : "A", link.AsSpan(i + 1));
            Assert.False(TicketLink.TryParse(slip, out _));
            Assert.False(TicketLink.TryParse(link[..i], out _));
        }
    }

    [Fact]
    public void The_long_form_carries_all_and_its_user_signs_it()
    {
        Assert.True(PlainId.TryParse("0a9jj39f7a", out var id));
        var full = Invitation with { Id = id, Only = new(Sha256.Hash("only"u8)), Purpose = TicketPurpose.Receive };
        Assert.True(TicketLink.TryParse(TicketLink.Write(full, User), out var read));
        Assert.Equal((id, full.Only, TicketPurpose.Receive, User.Public), (read.Id, read.Only, read.Purpose, read.User));
        Assert.Equal(full.HostAddresses, read.HostAddresses);
    }

    [Fact]
    public void A_link_that_was_altered_and_given_a_new_check_is_none()
    {
        var bytes = Base64Url.DecodeFromChars(TicketLink.Write(Invitation, User).AsSpan(TicketLink.Prefix.Length));
        for (var at = 0; at < bytes.Length - 4; at++)
        {
            var altered = bytes.ToArray();
            altered[at] ^= 1;
            var check = Sha256.Hash(altered.AsSpan(0, altered.Length - 4));
            check[..4].CopyTo(altered.AsSpan(altered.Length - 4));
            Assert.False(TicketLink.TryParse(TicketLink.Prefix + Base64Url.EncodeToString(altered), out _));
        }
    }

    [Theory, InlineData("+"), InlineData("="), InlineData(" "), InlineData("é"), InlineData("")]
    public void What_is_no_base64url_is_no_key_and_does_not_throw(string last) =>
        Assert.False(Bytes32.TryParse(new string('A', 42) + last, out _));

    [Fact]
    public void A_code_is_short_and_names_a_hub_that_is_known()
    {
        var code = TicketCode.Write(Invitation);
        Assert.InRange(TicketCode.Size, 1, 64);
        Assert.True(TicketCode.TryParse(code, [default, Hub], out var ticket));
        Assert.Equal((Invitation.Host, Invitation.Token, Invitation.Expires, Invitation.Hub), (ticket.Host, ticket.Token, ticket.Expires, ticket.Hub));
        Assert.False(TicketCode.TryParse(code, [default], out _));
        Assert.True(TicketCode.TryParse(TicketCode.Write(Invitation with { Hub = null, Purpose = TicketPurpose.Receive }), [], out ticket));
        Assert.Null(ticket.Hub);
        Assert.Equal(Invitation.HostAddresses, ticket.HostAddresses);
        Assert.Equal(TicketPurpose.Receive, ticket.Purpose);
        Assert.Null(TicketCode.TryWrite(Invitation with { Hub = null, HostAddresses = [At("[2001:db8::1]:1")] }));
    }

    [Theory]
    [InlineData(null, false, 0, 1, "Ok")]
    [InlineData("same", false, 0, 1, "AlreadyYours")]
    [InlineData("same", false, 0, 9, "AlreadyYours")] // redeemed before the restore
    [InlineData("other", false, 0, 1, "Used")]
    [InlineData(null, true, 0, 1, "Unknown")]
    [InlineData("same", true, 0, 1, "Unknown")]
    [InlineData(null, false, 0, 9, "Unknown")]
    [InlineData(null, false, 60, 1, "Expired")]
    [InlineData("same", false, 60, 1, "Expired")]
    public void One_key_redeems_a_ticket_and_may_ask_again(string? redeemer, bool revoked, int late, uint generation, string verdict)
    {
        var key = new DhPublicKey(Sha256.Hash("joiner"u8));
        DhPublicKey? by = redeemer switch { "same" => key, "other" => new(Sha256.Hash("thief"u8)), _ => null };
        var row = new TicketRow(Invitation.TokenHash, Invitation.Expires, 1, by, revoked);
        var now = new Moment(new(0), Invitation.Expires + TimeSpan.FromSeconds(late - 30));
        Assert.Equal(verdict, TicketDesk.Judge(now, row, generation, key).ToString());
        Assert.Equal(TicketVerdict.Unknown, TicketDesk.Judge(now, null, generation, key));
    }

    [Fact]
    public void Of_two_that_show_one_ticket_at_once_one_is_let_in()
    {
        var store = new Store(new(Invitation.TokenHash, Invitation.Expires, 1, null, false));
        var (one, two) = (new DhPublicKey(Sha256.Hash("one"u8)), new DhPublicKey(Sha256.Hash("two"u8)));
        var now = new Moment(new(0), DateTimeOffset.UnixEpoch);
        store.Before = () => store.TryBind(Invitation.TokenHash, two, default); // just before our own write
        Assert.Equal(TicketVerdict.Used, TicketDesk.Redeem(now, store, Invitation.Token, one));
        Assert.Equal(TicketVerdict.AlreadyYours, TicketDesk.Redeem(now, store, Invitation.Token, two));
        Assert.Equal(TicketVerdict.Unknown, TicketDesk.Redeem(now, store, default, two));
    }

    private sealed class Store(TicketRow row) : ITicketStore
    {
        private TicketRow _row = row;

        public Action? Before { get; set; }

        public uint Generation => 1;

        public TicketRow? Find(in Bytes32 tokenHash) => tokenHash == _row.TokenHash ? _row : null;

        public bool TryBind(in Bytes32 tokenHash, in DhPublicKey key, DateTimeOffset at)
        {
            var before = Before;
            Before = null;
            before?.Invoke();
            if (_row.Key is not null) return false;
            _row = _row with { Key = key };
            return true;
        }
    }
}
