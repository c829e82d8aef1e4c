using System.Text.Json;
using Hawser.Proof;
using Hawser.Tests.Sim;
using Xunit;

namespace Hawser.Tests.Proof;

public class StunTests
{
    private sealed record Rfc(string Name, string Hex, string Password, string? User, string? Realm, string? Mapped);

    private sealed record Message(string Name, string Hex, string? Mapped, bool Reject);

    private sealed record Exchange(string Name, string Request, string? Answer, string? From, string? To);

    private sealed record Page(Rfc[] Rfc5769, Message[] Messages, Exchange[] Exchanges);

    private static readonly Page Vectors = JsonSerializer.Deserialize<Page>(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "vectors", "stun.json")), JsonSerializerOptions.Web)!;

    private static readonly HostPort First = At("192.0.2.1:3478"), Client = At("203.0.113.7:54321");

    public static TheoryData<string> RfcNames() => [.. Vectors.Rfc5769.Select(v => v.Name)];

    public static TheoryData<string> MessageNames() => [.. Vectors.Messages.Select(v => v.Name)];

    public static TheoryData<string> ExchangeNames() => [.. Vectors.Exchanges.Select(v => v.Name)];

    [Theory, MemberData(nameof(RfcNames))]
    public void Reads_and_verifies_the_vectors_of_RFC_5769(string name)
    {
        var vector = Vectors.Rfc5769.Single(v => v.Name == name);
        var bytes = Convert.FromHexString(vector.Hex);
        Assert.True(StunMessage.TryRead(bytes, out var message));
        Assert.Equal(vector.Mapped, message.Mapped?.ToString());
        Assert.Equal(vector.User is null, message.HasFingerprint);
        var key = vector.User is null ? StunIntegrity.ShortTerm(vector.Password) : StunIntegrity.LongTerm(vector.User, vector.Realm!, vector.Password);
        Assert.True(StunIntegrity.Verify(key, bytes, message));
        Assert.False(StunIntegrity.Verify([.. key, 1], bytes, message));
        bytes[21] ^= 1;
        Assert.False(StunIntegrity.Verify(key, bytes, message));
    }

    [Theory, InlineData("2.2 IPv4 response"), InlineData("2.3 IPv6 response")]
    public void Writes_the_answers_of_RFC_5769(string name)
    {
        var vector = Vectors.Rfc5769.Single(v => v.Name == name);
        var bytes = Convert.FromHexString(vector.Hex);
        var written = new byte[200];
        var writer = new StunWriter(written, StunKind.Success, StunId.Read(bytes.AsSpan(4)));
        writer.WriteBytes(StunAttribute.Software, "test vector"u8);
        writer.WriteAddress(StunAttribute.XorMappedAddress, At(vector.Mapped!));
        writer.WriteIntegrity(StunIntegrity.ShortTerm(vector.Password));
        writer.WriteFingerprint();
        Assert.Equal(vector.Hex, Convert.ToHexStringLower(written.AsSpan(0, writer.Written)));
    }

    [Theory, MemberData(nameof(MessageNames))]
    public void Reads_what_the_page_allows(string name)
    {
        var vector = Vectors.Messages.Single(v => v.Name == name);
        Assert.Equal(!vector.Reject, StunMessage.TryRead(Convert.FromHexString(vector.Hex), out var message));
        Assert.Equal(vector.Mapped, message.Mapped?.ToString());
    }

    [Theory, MemberData(nameof(ExchangeNames))]
    public void Answers_as_the_page_says(string name)
    {
        var vector = Vectors.Exchanges.Single(v => v.Name == name);
        var answered = Ask(Server(), Convert.FromHexString(vector.Request), out var answer, out var reply);
        Assert.Equal(vector.Answer is not null, answered);
        if (vector.Answer is null) return;
        Assert.Equal(vector.Answer, Convert.ToHexStringLower(answer));
        Assert.Equal(vector.To, reply.To.ToString());
        Assert.Equal(vector.From, Server().AddressOf(reply.From).ToString());
    }

    [Fact]
    public void No_answer_is_longer_than_its_request_but_one_with_one_attribute()
    {
        var random = new SimRandom(1);
        for (var run = 0; run < 2_000; run++)
        {
            var bytes = new byte[300];
            var writer = new StunWriter(bytes, StunKind.Request, StunId.Draw(random));
            if (random.Chance(0.5)) writer.WriteChange((StunChange)random.Next(8));
            if (random.Chance(0.5)) writer.WriteResponsePort((ushort)random.Next(65_536));
            if (random.Chance(0.2)) writer.WriteBytes((StunAttribute)random.Next(65_536), new byte[random.Next(8)]);
            if (random.Chance(0.5)) writer.WriteBytes(StunAttribute.Software, new byte[random.Next(60)]);
            if (random.Chance(0.5)) writer.WriteFingerprint();
            if (!Ask(Server(), bytes[..writer.Written], out var answer, out var reply) || answer.Length <= writer.Written) continue;
            Assert.Equal(32, answer.Length);
            Assert.Equal(Client, reply.To);
        }
    }

    [Fact]
    public void A_network_gets_so_many_answers_a_second_and_its_neighbour_others()
    {
        var server = Server(10);
        var request = Convert.FromHexString(Vectors.Exchanges[0].Request);
        var now = new Instant(0);
        var answer = new byte[StunMessage.MaxSize];
        int Answered(HostPort from) => Enumerable.Range(0, 100).Count(_ => server.TryAnswer(now, from, default, request, answer, out var _));
        Assert.Equal(10, Answered(Client));
        Assert.Equal(0, Answered(At("203.0.113.250:1"))); // of the same /24
        Assert.Equal(10, Answered(At("203.0.114.7:1")));
        Assert.Equal(10, Answered(At("[2001:db8:1::1]:1")));
        Assert.Equal(0, Answered(At("[2001:db8:1:ffff::2]:1"))); // of the same /48
        now += TimeSpan.FromSeconds(1);
        Assert.Equal(10, Answered(Client));
        Assert.Equal(560, server.Count(StunVerdict.RateLimited));
    }

    [Fact]
    public void A_server_with_one_address_and_port_is_asked_in_vain_for_another()
    {
        var server = new StunServer(new SimRandom(1), First);
        var request = Convert.FromHexString(Vectors.Exchanges.Single(v => v.Name == "from the other port").Request);
        Assert.False(server.TryAnswer(new(0), Client, default, request, new byte[StunMessage.MaxSize], out _));
        Assert.Equal(1, server.Count(StunVerdict.NoSuchPlace));
        Assert.False(server.CanDiscover);
    }

    [Fact]
    public void IPv6_is_answered_in_its_own_form()
    {
        var server = new StunServer(new SimRandom(1), At("[2001:db8::1]:3478"));
        var answer = new byte[StunMessage.MaxSize];
        var client = At("[2001:db8:2::7]:54321");
        Assert.True(server.TryAnswer(new(0), client, default, Convert.FromHexString(Vectors.Exchanges[0].Request), answer, out var reply));
        Assert.True(StunMessage.TryRead(answer.AsSpan(0, reply.Length), out var message));
        Assert.Equal(client, message.Mapped);
    }

    [Fact]
    public void A_client_asks_seven_times_at_the_times_of_RFC_8489()
    {
        var query = new StunQuery(new(0), new SimRandom(1), First, default, StunPatience.Standard);
        var at = new List<double>();
        var buffer = new byte[200];
        while (query.NextWakeup != Instant.Never)
        {
            var now = query.NextWakeup;
            query.Tick(now);
            if (query.TryTransmit(now, buffer, out _)) at.Add((now - new Instant(0)).TotalSeconds);
            else Assert.Equal(39.5, (now - new Instant(0)).TotalSeconds);
        }

        Assert.Equal([0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5], at);
        Assert.Equal(StunQuery.State.TimedOut, query.Now);
    }

    [Fact]
    public void A_client_takes_no_answer_from_elsewhere_nor_to_another_question()
    {
        var query = new StunQuery(new(0), new SimRandom(1), First, default, StunPatience.Standard);
        Assert.True(Ask(Server(), StunQuery.Make(query.Id, default), out var mine, out _));
        Assert.True(Ask(Server(), StunQuery.Make(StunId.Draw(new SimRandom(2)), default), out var other, out _));
        Assert.True(StunMessage.TryRead(mine, out var answer));
        Assert.True(StunMessage.TryRead(other, out var foreign));
        Assert.False(query.TryTake(First, foreign));
        Assert.False(query.TryTake(Client, answer));
        Assert.True(query.TryTake(First, answer));
        Assert.False(query.TryTake(First, answer)); // once
        Assert.Equal(Client, query.Answer.Mapped);
    }

    internal static HostPort At(string text) => HostPort.TryParse(text, out var at) ? at : throw new FormatException(text);

    internal static StunServer Server(int perSecond = 1_000_000) => new(new SimRandom(1), First, 3_479, At("192.0.2.2:0"), perSecond);

    private static bool Ask(StunServer server, byte[] request, out byte[] answer, out StunReply reply)
    {
        var buffer = new byte[StunMessage.MaxSize];
        var answered = server.TryAnswer(new(0), Client, default, request, buffer, out reply);
        answer = buffer[..reply.Length];
        return answered;
    }
}
