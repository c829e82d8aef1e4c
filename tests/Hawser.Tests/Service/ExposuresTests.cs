using Hawser.Crypto;
using Hawser.Service;
using Hawser.Wire;
using Xunit;

namespace Hawser.Tests.Service;

public class ExposuresTests
{
    private static readonly DhPublicKey Alice = Key(1), Bob = Key(2);
    private static readonly ServiceName Ssh = Name("ssh");
    private static readonly Target Port = new Target.Tcp("127.0.0.1", 22);

    [Theory]
    [InlineData("", "alice", false)] // offered, but to nobody
    [InlineData("anyone", "alice", true)]
    [InlineData("anyone", "stranger", true)]
    [InlineData("contacts", "alice", true)]
    [InlineData("contacts", "bob", false)]
    [InlineData("key", "alice", true)]
    [InlineData("key", "bob", false)]
    [InlineData("id", "alice", false)] // she proved no ID
    [InlineData("id", "bob", true)]
    [InlineData("id", "stranger", false)] // another ID
    [InlineData("id key", "bob", true)]
    [InlineData("id key", "alice", true)]
    [InlineData("id key", "stranger", false)]
    public void The_table_of_rules(string allowed, string who, bool may)
    {
        Who[] people =
        [
            .. allowed.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select<string, Who>(word => word switch
            {
                "anyone" => new Who.Anyone(),
                "contacts" => new Who.Contacts(),
                "key" => new Who.Key(Alice),
                _ => new Who.Owner("bob4567890"),
            }),
        ];
        var caller = who switch
        {
            "alice" => new Caller(Alice, null, IsContact: true),
            "bob" => new Caller(Bob, "bob4567890", IsContact: false),
            _ => new Caller(Key(3), "eve4567890", IsContact: false),
        };
        var rules = Exposures.Of(new Exposure(Ssh, Port, people));

        Assert.Equal(may ? Port : null, rules.Decide(Ssh, caller));
        Assert.Equal(may, rules.HasScope(caller));
        Assert.Null(rules.Decide(Name("other"), caller));
        Assert.Equal(new Target.BuiltIn(), rules.Decide(ServiceName.Ping, caller)); // he has a channel
    }

    [Fact]
    public void Nobody_may_until_named_and_a_rule_replaces_its_namesake()
    {
        var caller = new Caller(Alice, null, false);
        var offered = Exposures.None.With(new(Ssh, Port, []));
        Assert.Null(offered.Decide(Ssh, caller));

        var allowed = offered.Allow(Ssh, new Who.Key(Alice));
        Assert.Equal(Port, allowed.Decide(Ssh, caller));
        Assert.Null(offered.Decide(Ssh, caller)); // a table is a value
        Assert.Same(allowed, allowed.Allow(Ssh, new Who.Key(Alice)));
        Assert.Same(allowed, allowed.Allow(Name("web"), new Who.Anyone()));

        Assert.Null(allowed.With(new(Ssh, Port, [])).Decide(Ssh, caller));
        Assert.Null(allowed.Without(Ssh).Decide(Ssh, caller));
    }

    [Fact]
    public void Echo_and_files_are_exposed_as_all_else()
    {
        var caller = new Caller(Alice, null, true);
        Assert.Null(Exposures.None.Decide(ServiceName.Echo, caller));
        Assert.Null(Exposures.None.Decide(ServiceName.File, caller));
        var rules = Exposures.Of(new Exposure(ServiceName.Echo, new Target.BuiltIn(), [new Who.Contacts()]));
        Assert.IsType<Target.BuiltIn>(rules.Decide(ServiceName.Echo, caller));
    }

    [Theory]
    [InlineData("tcp:localhost:22"), InlineData("tcp:192.0.2.1:65535"), InlineData("tcp:[2001:db8::1]:1")]
    [InlineData("unix:/run/x.sock"), InlineData("stdio"), InlineData("builtin")]
    public void A_target_is_written_as_it_is_read(string text)
    {
        Assert.True(Target.TryParse(text, out var target));
        Assert.Equal(text, target!.ToString());
    }

    [Theory]
    [InlineData(""), InlineData("tcp:"), InlineData("tcp:host"), InlineData("tcp::22"), InlineData("tcp:host:0")]
    [InlineData("tcp:host:65536"), InlineData("tcp:host:-1"), InlineData("tcp:host: 22"), InlineData("tcp:2001:db8::1:22")]
    [InlineData("tcp:[host]:22"), InlineData("unix:"), InlineData("unix:a\0b"), InlineData("udp:host:1"), InlineData("STDIO")]
    public void What_is_no_target(string text) => Assert.False(Target.TryParse(text, out _));

    [Theory]
    [InlineData("anyone", true), InlineData("contacts", true), InlineData("bob4567890", true)]
    [InlineData("key:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", true)]
    [InlineData("Anyone", false), InlineData("bob", false), InlineData("BOB4567890", false), InlineData("bob-456789", false)]
    [InlineData("key:AAAA", false), InlineData("", false)]
    public void Who_is_written_as_he_is_read(string text, bool valid)
    {
        Assert.Equal(valid, Who.TryParse(text, out var who));
        if (valid) Assert.Equal(text, who!.ToString());
    }

    private static ServiceName Name(string text) => ServiceName.TryParse(text, out var name) ? name : throw new InvalidDataException();

    private static DhPublicKey Key(byte first) => new(Bytes32.Read([first, .. new byte[31]]));
}
