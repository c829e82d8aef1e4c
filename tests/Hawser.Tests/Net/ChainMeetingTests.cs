using Hawser.Chain;
using Hawser.Crypto;
using Hawser.Naming;
using Hawser.Net;
using Hawser.Net.Chain;
using Hawser.Net.Control;
using Hawser.Net.Hosting;
using Xunit;

namespace Hawser.Tests.Net;

/// <summary>Two real nodes without any hub, and a ledger in memory between them.</summary>
public sealed class ChainMeetingTests : IDisposable
{
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromSeconds(120));
    private readonly TempHome _laptop = new(), _pi = new();
    private readonly MemoryChain _chain = new();

    public void Dispose()
    {
        _laptop.Dispose();
        _pi.Dispose();
        _patience.Dispose();
    }

    [Fact]
    public async Task Two_who_know_only_each_others_keys_meet_and_agree_on_keys_for_the_next_time()
    {
        await using var laptop = await StartAsync(_laptop);
        await using var pi = await StartAsync(_pi);
        await ExchangeCardsAsync();
        await FundAsync(laptop);
        await FundAsync(pi);
        await AskAsync<ExposeArgs, ExposureReport>(_pi, "expose", new("echo", null, ["contacts"], false));

        var states = await AskAsync<ChainInviteArgs, MeetingReport>(_laptop, "chain invite", new("pi", "compact", false, null, null, true));
        Assert.Equal("connected", states[^1].State);
        // Each report says how far it is by then; a quick ledger is a step further than the one before.
        string[] seen = [.. states.Select(s => s.State).Distinct()];
        Assert.Equal(((string[])["drafted", "sent", "addressed", "handshaking", "connected"]).Intersect(seen), seen);
        Assert.Equal(2, _chain.Waiting.Count); // an invitation and an acceptance, and no block was needed

        // Both have moved on to keys that no card names.
        await UntilAsync(() => Numbers(laptop) is [1] && Numbers(pi) is [1]);
        var (ours, theirs) = (Assert.Single(Contacts(laptop)).Writing!, Assert.Single(Contacts(pi)).Writing!);
        Assert.Equal((ours.Own.Public, ours.Peer, ours.Psk), (theirs.Peer, theirs.Own.Public, theirs.Psk));
        Assert.False(ours.Psk.IsZero);

        // And meet by them.
        foreach (var peer in laptop.Online.Peers.All) await peer.DisposeAsync();
        await UntilAsync(() => !pi.Online.Peers.All.Any() && !laptop.Online.Peers.All.Any());
        _chain.Mine();
        states = await AskAsync<ChainInviteArgs, MeetingReport>(_pi, "chain invite", new("laptop", "full", false, null, null, true));
        Assert.Equal("connected", states[^1].State);
        await UntilAsync(() => Numbers(laptop) is [2] && Numbers(pi) is [2]);
    }

    [Fact]
    public async Task Both_invite_at_once_and_one_meeting_comes_of_it_that_nobody_pays_for_twice()
    {
        await using var laptop = await StartAsync(_laptop);
        await using var pi = await StartAsync(_pi);
        await ExchangeCardsAsync();
        await FundAsync(laptop);
        await FundAsync(pi);
        _chain.IsPoolHidden = true; // neither sees the other's before its own is sent
        var invited = AskAsync<ChainInviteArgs, MeetingReport>(_laptop, "chain invite", new("pi", "compact", false, null, null, true));
        var inviting = AskAsync<ChainInviteArgs, MeetingReport>(_pi, "chain invite", new("laptop", "compact", false, null, null, true));
        await UntilAsync(() => _chain.Sent.Count == 2);
        _chain.IsPoolHidden = false;
        var (ours, theirs) = ((await invited)[^1], (await inviting)[^1]);
        Assert.Equal(("connected", "connected"), (ours.State, theirs.State));
        Assert.Equal(["invitee", "inviter"], ((string[])[ours.Role, theirs.Role]).Order());
        Assert.Equal((ours.Invitation, ours.Answer), (theirs.Invitation, theirs.Answer));
        Assert.Equal(2, _chain.Sent.Count);
        await UntilAsync(() => Numbers(laptop) is [1] && Numbers(pi) is [1]);
    }

    [Fact]
    public async Task Who_is_known_by_a_deed_alone_is_introduced_to_quarantined_there_and_met_after_a_yes()
    {
        await using var laptop = await StartAsync(_laptop);
        await using var pi = await StartAsync(_pi, isOpen: true);
        var added = Assert.Single(await AskAsync<PeerAddArgs, PeerReport>(_laptop, "peer add", new(DeedOf(pi), "pi")));
        Assert.Equal((pi.Store.ChannelKey(SystemEntropy.Shared).Public.ToString(), pi.OnLedger.Key.ToString()), (added.ChannelKey, added.ChainKey));
        Assert.Contains("not checked", added.Note, StringComparison.Ordinal); // neither is in a federation
        Assert.Null(added.Id);
        await FundAsync(laptop);
        await FundAsync(pi);

        var sent = await AskAsync<ChainInviteArgs, MeetingReport>(_laptop, "chain invite", new("pi", null, true, null, null, false));
        Assert.Equal(("sent", "full"), (sent[^1].State, sent[^1].Profile));
        await UntilAsync(() => pi.OnLedger.Ask((client, _) => client.Meetings.Count) == 1);
        var waiting = Assert.Single(await AskAsync<ChainNumberArgs, MeetingReport>(_pi, "chain accept", new(null, null, null, null)));
        Assert.True(waiting.Stranger);
        Assert.Equal((laptop.OnLedger.Key.ToString(), "decrypted"), (waiting.Peer, waiting.State));
        Assert.Single(_chain.Sent); // no answer goes out by itself, though contacts are answered so
        var nameless = await Assert.ThrowsAsync<HawserException>(() => AskAsync<ChainNumberArgs, MeetingReport>(_pi, "chain accept", new(waiting.Number, null, null, null)));
        Assert.Contains("--as NAME", nameless.Remedy, StringComparison.Ordinal);

        var met = await AskAsync<ChainNumberArgs, MeetingReport>(_pi, "chain accept", new(waiting.Number, "laptop", null, null));
        Assert.Equal(("connected", "laptop"), (met[^1].State, met[^1].Peer));
        await UntilAsync(() => Numbers(laptop) is [1] && Numbers(pi) is [1]);
    }

    [Fact]
    public async Task Two_who_have_each_others_deeds_meet_by_tag_as_with_cards()
    {
        await using var laptop = await StartAsync(_laptop);
        await using var pi = await StartAsync(_pi);
        await AskAsync<PeerAddArgs, PeerReport>(_laptop, "peer add", new(DeedOf(pi), "pi"));
        await AskAsync<PeerAddArgs, PeerReport>(_pi, "peer add", new(DeedOf(laptop), "laptop"));
        await FundAsync(laptop);
        await FundAsync(pi);
        var states = await AskAsync<ChainInviteArgs, MeetingReport>(_laptop, "chain invite", new("pi", null, false, null, null, true));
        Assert.Equal(("connected", "compact"), (states[^1].State, states[^1].Profile));
    }

    [Fact]
    public async Task A_deed_that_was_tampered_with_or_whose_chain_key_is_not_its_own_makes_no_contact()
    {
        await using var laptop = await StartAsync(_laptop);
        await using var pi = await StartAsync(_pi);
        var deed = DeedOf(pi);
        foreach (var (text, reason) in ((string, Reason)[])[
            (deed.Replace("Keyword: pi", "Keyword: pu", StringComparison.Ordinal), Reason.Usage), (deed[..^20], Reason.Usage), ("hawser/deed/1 nonsense", Reason.Usage),
            (DeedOf(pi, ChainCards.ForDeed(laptop.Store)), Reason.VerificationFailed)])
            Assert.Equal(reason, (await Assert.ThrowsAsync<HawserException>(() => AskAsync<PeerAddArgs, PeerReport>(_laptop, "peer add", new(text, "pi")))).Reason);
        Assert.Equal(Reason.Usage, (await Assert.ThrowsAsync<HawserException>(() => AskAsync<PeerAddArgs, PeerReport>(_laptop, "peer add", new(deed, null)))).Reason);
        Assert.Empty(laptop.Store.Contacts());
        Assert.Single(await AskAsync<PeerAddArgs, PeerReport>(_laptop, "peer add", new(deed.ReplaceLineEndings("\r\n"), "pi"))); // as mail may bring it
    }

    [Fact]
    public async Task A_cancelled_invitation_ends_on_both_sides_and_its_cost_is_said_before()
    {
        await using var laptop = await StartAsync(_laptop);
        await using var pi = await StartAsync(_pi, asks: true);
        await ExchangeCardsAsync();
        await FundAsync(laptop);
        var sent = (await AskAsync<ChainInviteArgs, MeetingReport>(_laptop, "chain invite", new("pi", null, false, null, null, false)))[^1];
        await UntilAsync(() => pi.OnLedger.Ask((client, _) => client.Meetings.Count) == 1);
        var quote = Assert.Single(await AskAsync<ChainNumberArgs, ChainQuoteReport>(_laptop, "chain cancel quote", new(sent.Number, null, null, null)));
        Assert.InRange(quote.Satoshi, 100ul, 400ul);
        Assert.Single(_chain.Sent);
        var over = (await AskAsync<ChainNumberArgs, MeetingReport>(_laptop, "chain cancel", new(sent.Number, null, null, null)))[^1];
        Assert.Equal(("failed", "taken back"), (over.State, over.Trouble));
        await UntilAsync(() => pi.OnLedger.Ask((client, _) => client.Meetings.Single().State) is MeetingState.Failed);
        Assert.Equal(2, _chain.Sent.Count);

        // Nobody knows of what only we have seen: putting it aside is free.
        await AskAsync<ChainInviteArgs, MeetingReport>(_laptop, "chain invite", new("pi", null, false, null, null, false));
        await UntilAsync(() => pi.OnLedger.Ask((client, _) => client.Meetings.Last().State) is MeetingState.Decrypted);
        var number = pi.OnLedger.Ask((client, _) => client.Meetings.Last().Number);
        Assert.Equal(0ul, Assert.Single(await AskAsync<ChainNumberArgs, ChainQuoteReport>(_pi, "chain cancel quote", new(number, null, null, null))).Satoshi);
        await AskAsync<ChainNumberArgs, MeetingReport>(_pi, "chain cancel", new(number, null, null, null));
        Assert.Equal(3, _chain.Sent.Count);
    }

    // As the owner would have signed it when claiming.
    private static string DeedOf(NodeHost host, DeedLedgerKey? ledger = null)
    {
        if (!RoutingTick.TryParse("0a9"u8, out var tick) || !RoutingId.TryParse("000-0000001", out var hub) || !RoutingId.TryParse("0a9-k3v81xq", out var number))
            throw new InvalidOperationException("those are a tick and IDs");
        var claimKey = host.Store.ClaimKey(SystemEntropy.Shared);
        return System.Text.Encoding.UTF8.GetString(Deed.Sign(new()
        {
            Genesis = Sha256.Hash("federation"u8), Timestamp = tick, Keyword = "pi", TicketIssuer = hub, TicketNumber = number, ClaimKey = claimKey.Public,
            ChannelKey = host.Store.ChannelKey(SystemEntropy.Shared).Public, Hubs = [hub], LedgerKey = ledger ?? ChainCards.ForDeed(host.Store),
        }, claimKey).Text);
    }

    private static uint[] Numbers(NodeHost host) => [.. Contacts(host).SelectMany(c => c.Generations).Select(g => g.Number)];

    private static IReadOnlyList<LedgerContact> Contacts(NodeHost host) => host.Store.LedgerContacts(host.Store.LedgerKey(SystemEntropy.Shared));

    private async Task ExchangeCardsAsync()
    {
        foreach (var (home, other, name) in ((TempHome, TempHome, string)[])[(_laptop, _pi, "pi"), (_pi, _laptop, "laptop")])
        {
            var card = (await AskAsync<NoArgs, CardReport>(other, "peer card", new())).Single();
            Assert.NotNull(card.ChainKey);
            await AskAsync<PeerAddArgs, PeerReport>(home, "peer add", new(card.Card, name));
        }
    }

    private async Task FundAsync(NodeHost host)
    {
        await UntilAsync(() => host.OnLedger.AddressToPay() is not null);
        var script = host.OnLedger.Ask((client, _) => SegwitAddress.ScriptOf(client.Coins!.KeyToPay.Hash));
        _chain.Fund(script, 50_000);
        await UntilAsync(() => host.OnLedger.Balance() == 50_000);
    }

    private Task<NodeHost> StartAsync(TempHome home, bool isOpen = false, bool asks = false) => NodeHost.StartAsync(new()
    {
        Home = home.Home,
        Ledger = new() { Url = "memory:", Open = () => _chain, At = null, HearsStrangers = isOpen, AcceptsContacts = !asks },
    }, _patience.Token);

    private async Task UntilAsync(Func<bool> holds)
    {
        while (!holds()) await Task.Delay(20, _patience.Token);
    }

    private Task<List<TItem>> AskAsync<TArgs, TItem>(TempHome home, string verb, TArgs args)
        where TArgs : class
        where TItem : class =>
        home.Home.AskAsync<TArgs, TItem>(verb, args, _patience.Token);
}
