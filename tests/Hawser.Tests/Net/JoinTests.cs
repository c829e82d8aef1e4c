using Hawser.Hub;
using Hawser.Crypto;
using Hawser.Net;
using Hawser.Net.Control;
using Hawser.Net.Hosting;
using Hawser.Session;
using Hawser.Tests.Hub;
using Xunit;

namespace Hawser.Tests.Net;

/// <summary>Two real nodes that know nothing of each other, and an invitation.</summary>
public sealed class JoinTests : IDisposable
{
    private static readonly SigningKey Inviter = SigningKey.Generate(SystemEntropy.Shared);

    private readonly CancellationTokenSource _patience = new(TimeSpan.FromSeconds(120));
    private readonly TempHome _host = new(), _joiner = new(), _thief = new();

    public void Dispose()
    {
        foreach (var home in new[] { _host, _joiner, _thief }) home.Dispose();
        _patience.Dispose();
    }

    [Fact]
    public async Task By_a_link_they_become_contacts_and_reach_each_others_service()
    {
        await using var host = await StartAsync(_host);
        await using var joiner = await StartAsync(_joiner);
        await ExposeAsync(_host, "echo", []);
        await ExposeAsync(_joiner, "echo", ["contacts"]);
        var given = await InviteAsync("echo", "laptop");
        Assert.Equal(("open", "echo", "laptop"), (given.State, given.Service, given.Peer));
        Assert.Equal(95, given.Code!.Length);

        var said = await AskAsync<JoinArgs, JoinReport>(_joiner.Home, "join", new(given.Link, "pi"));
        Assert.Equal(["joining", "connected"], said.Select(report => report.State));
        Assert.Equal(("pi", "direct", "echo"), (said[1].Peer, said[1].Path, said[1].Service));
        Assert.NotNull(said[1].RttMs);
        await EchoesAsync(_joiner, "pi/echo");
        await EchoesAsync(_host, "laptop/echo");

        var listed = Assert.Single(await AskAsync<NoArgs, InviteReport>(_host.Home, "invite list", new()));
        Assert.Equal(("joined", "laptop", said[1].Words), (listed.State, listed.Peer, listed.Words));
        Assert.Null(listed.Link);
        Assert.Empty(joiner.Store.Joinings());
        Assert.Equal(Reason.Failed, (await FailAsync<InviteNumberArgs, InviteReport>(_host.Home, "invite revoke", new(1))).Reason);

        // Once more by the same key, as after a crash on the joiner's side.
        said = await AskAsync<JoinArgs, JoinReport>(_joiner.Home, "join", new(given.Link, null));
        Assert.Equal("connected", said[1].State);
        Assert.Single(host.Store.Contacts());
    }

    [Fact]
    public async Task Whoever_photographed_it_is_not_let_in_and_the_owner_is_told()
    {
        await using var host = await StartAsync(_host);
        var given = await InviteAsync(null, null);
        await using (await StartAsync(_joiner))
            await AskAsync<JoinArgs, JoinReport>(_joiner.Home, "join", new(given.Link, "pi"));

        var alarmed = new TaskCompletionSource();
        host.Invitations.Changed += ticket =>
        {
            if (ticket.Alarmed is not null) alarmed.TrySetResult();
        };
        Task<List<JoinReport>> joining;
        await using (await StartAsync(_thief))
        {
            joining = AskAsync<JoinArgs, JoinReport>(_thief.Home, "join", new(given.Link, "pi"));
            await alarmed.Task.WaitAsync(_patience.Token);
            Assert.False(joining.IsCompleted); // it hears nothing at all
        }

        await Assert.ThrowsAnyAsync<Exception>(() => joining);
        Assert.NotNull(Assert.Single(ReachVerbs.Status(host).Invitations).Alarm);
        Assert.Single(host.Store.Contacts());
    }

    [Fact]
    public async Task A_link_that_another_user_signed_is_found_out_by_the_card_and_nothing_is_agreed()
    {
        await using var host = await StartAsync(_host);
        await using var joiner = await StartAsync(_joiner);
        Assert.True(TicketLink.TryParse((await InviteAsync(null, null)).Link!, out var ticket));
        var failed = await FailAsync<JoinArgs, JoinReport>(_joiner.Home, "join", new(TicketLink.Write(ticket, Inviter), "pi"));
        Assert.Equal(Reason.VerificationFailed, failed.Reason);
        Assert.DoesNotContain(joiner.Relations.Mail.Tallies, t => t.Record.Now is TallyRecord.State.Open);
    }

    [Fact]
    public async Task The_doctor_asks_a_hub_by_TCP_without_saying_who_asks()
    {
        await using var fleet = new HubFleet(1, TimeSpan.FromSeconds(1));
        await fleet.StartAsync(0);
        await fleet[0].Admin!.WaitForAsync(2, _patience.Token);
        await using var host = await StartAsync(_host);
        await AskAsync<NameArgs, SignOnReport>(_host.Home, "signon", new(HubContent.CardOf(fleet[0].Store, fleet.Genesis).Link));
        var findings = await AskAsync<NoArgs, Finding>(_host.Home, "doctor", new());
        var found = findings.Single(finding => finding.Name == "hub hub0 by tcp");
        Assert.Equal(FindingLevel.Good, found.Level);
        Assert.Matches("answers; its federation is at height [1-9]", found.Found);
        Assert.Equal(1, findings.Count(finding => finding.Name == "tcp"));

        await fleet.StopAsync(0);
        findings = await AskAsync<NoArgs, Finding>(_host.Home, "doctor", new());
        Assert.Equal(FindingLevel.Note, findings.Single(finding => finding.Name == "hub hub0 by tcp").Level);
    }

    [Fact]
    public async Task An_invitation_that_was_begun_goes_on_after_a_crash()
    {
        InviteReport given;
        await using (await StartAsync(_host)) given = await InviteAsync(null, null);
        string key;
        await using (var joiner = await StartAsync(_joiner))
        {
            await using var client = (await ControlClient.TryConnectAsync(_joiner.Home, _patience.Token))!;
            await client.SendAsync("join", new JoinArgs(given.Link, "pi"), _patience.Token);
            await foreach (var report in client.ItemsAsync<JoinReport>(_patience.Token))
            {
                Assert.Equal("joining", report.State);
                break;
            }

            Assert.Equal([given.Link!], joiner.Store.Joinings());
            key = joiner.Store.ChannelKey(SystemEntropy.Shared).Public.ToString();
        }

        await using var host = await StartAsync(_host);
        await using var again = await StartAsync(_joiner);
        var said = await AskAsync<JoinArgs, JoinReport>(_joiner.Home, "join", new(null, null));
        Assert.Equal(("connected", "pi"), (said[^1].State, said[^1].Peer));
        Assert.Equal(key, Assert.Single(host.Store.Contacts()).ChannelKey.ToString());
        Assert.Equal(Reason.Usage, (await FailAsync<JoinArgs, JoinReport>(_joiner.Home, "join", new(null, null))).Reason);
    }

    [Fact]
    public async Task Through_a_hub_that_the_joiner_has_never_heard_of()
    {
        await using var fleet = new HubFleet(1, TimeSpan.FromSeconds(1));
        await fleet.StartAsync(0);
        await fleet[0].Admin!.WaitForAsync(1, _patience.Token);
        await using var host = await StartAsync(_host);
        await using var joiner = await StartAsync(_joiner);
        await AskAsync<NameArgs, SignOnReport>(_host.Home, "signon", new(HubContent.CardOf(fleet[0].Store, fleet.Genesis).Link));
        await ExposeAsync(_host, "echo", []);
        while (host.Online.HubOf(Assert.Single(host.Store.Hubs()).ChannelKey)?.Line != "up") await Task.Delay(20, _patience.Token);
        var given = await InviteAsync("echo", null);
        Assert.True(TicketLink.TryParse(given.Link!, out var ticket));
        Assert.True(TicketCode.TryParse(given.Code!, [ticket.Hub!.Value], out _));

        // Without addresses of the host, so that only the hub can bring them together.
        var link = TicketLink.Write(ticket with { HostAddresses = [] }, host.Store.UserKey("", SystemEntropy.Shared));
        var said = await AskAsync<JoinArgs, JoinReport>(_joiner.Home, "join", new(link, "pi"));
        Assert.Equal("connected", said[^1].State);
        Assert.Equal(fleet.Genesis.Hash, joiner.Store.Genesis);
        Assert.Single(joiner.Store.FindContact("pi")!.Hubs);
        await EchoesAsync(_joiner, "pi/echo");
    }

    [Fact]
    public async Task What_cannot_be_joined_is_said_before_anything_is_sent()
    {
        await using var host = await StartAsync(_host);
        await using var joiner = await StartAsync(_joiner);
        var given = await InviteAsync(null, null);
        Assert.True(TicketLink.TryParse(given.Link!, out var ticket));
        Assert.Equal(Reason.Usage, await WhyAsync(given.Link![..^1]));
        Assert.Equal(Reason.Usage, await WhyAsync("hawser:peer/x"));
        Assert.Equal(Reason.Usage, await WhyAsync(TicketCode.Write(ticket with { Hub = ticket.Host })));
        Assert.Equal(Reason.Refused, await WhyAsync(TicketLink.Write(ticket with { Expires = DateTimeOffset.UtcNow - TimeSpan.FromSeconds(5) }, Inviter)));
        Assert.Equal(Reason.Unreachable, await WhyAsync(TicketLink.Write(ticket with { HostAddresses = [] }, Inviter)));
        Assert.Equal(Reason.Usage, (await FailAsync<JoinArgs, JoinReport>(_host.Home, "join", new(given.Link, "me"))).Reason);
        Assert.Equal(Reason.NoSuchService, (await FailAsync<InviteArgs, InviteReport>(_host.Home, "invite", new("ssh", null, 60, false))).Reason);
        Assert.Equal(Reason.Usage, (await FailAsync<InviteArgs, InviteReport>(_host.Home, "invite", new(null, "anyone", 60, false))).Reason);

        var revoked = Assert.Single(await AskAsync<InviteNumberArgs, InviteReport>(_host.Home, "invite revoke", new(1)));
        Assert.Equal("revoked", revoked.State);
        Assert.Equal(Reason.Usage, (await FailAsync<InviteNumberArgs, InviteReport>(_host.Home, "invite revoke", new(9))).Reason);

        async Task<Reason> WhyAsync(string invitation) => (await FailAsync<JoinArgs, JoinReport>(_joiner.Home, "join", new(invitation, "pi"))).Reason;
    }

    private Task<NodeHost> StartAsync(TempHome home) => NodeHost.StartAsync(new() { Home = home.Home }, _patience.Token);

    private async Task<InviteReport> InviteAsync(string? service, string? name) =>
        Assert.Single(await AskAsync<InviteArgs, InviteReport>(_host.Home, "invite", new(service, name, 3600, false)));

    private Task<List<ExposureReport>> ExposeAsync(TempHome home, string service, string[] who) =>
        AskAsync<ExposeArgs, ExposureReport>(home.Home, "expose", new(service, null, who, false));

    private async Task EchoesAsync(TempHome home, string peer)
    {
        await using var client = (await ControlClient.TryConnectAsync(home.Home, _patience.Token))!;
        await client.SendAsync("dial", new DialArgs(peer, null), _patience.Token);
        await foreach (var _ in client.ItemsAsync<DialReport>(_patience.Token)) { }
        var (sent, came) = ("hello"u8.ToArray(), new byte[5]);
        await client.Stream!.WriteAsync(sent, _patience.Token);
        await client.Stream.ReadExactlyAsync(came, _patience.Token);
        Assert.Equal(sent, came);
    }

    private Task<List<TItem>> AskAsync<TArgs, TItem>(Home home, string verb, TArgs args)
        where TArgs : class
        where TItem : class =>
        home.AskAsync<TArgs, TItem>(verb, args, _patience.Token);

    private Task<HawserException> FailAsync<TArgs, TItem>(Home home, string verb, TArgs args)
        where TArgs : class
        where TItem : class => Assert.ThrowsAsync<HawserException>(() => AskAsync<TArgs, TItem>(home, verb, args));
}
