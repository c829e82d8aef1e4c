using System.Text;
using Hawser.Federation;
using Hawser.Hub.Store;
using Hawser.Naming;
using Hawser.Net;
using Hawser.Net.Control;
using Hawser.Net.Hosting;
using Hawser.Net.Hubs;

namespace Hawser.Hub;

/// <summary>Who the admins are, and who may use this one: <c>hub join|rekey|vote|users|allow|block</c>.</summary>
internal sealed class MemberVerbs(HubHost host)
{
    public static void Register(HubHost host)
    {
        var verbs = new MemberVerbs(host);
        host.Control.Handle("hub join", verbs.JoinAsync);
        host.Control.Handle("hub rekey", verbs.RekeyAsync);
        host.Control.Handle("hub vote", verbs.VoteAsync);
        host.Control.Handle("hub users", verbs.UsersAsync);
        host.Control.Handle("hub allow", (call, cancel) => verbs.BlockAsync(call, blocked: false, cancel));
        host.Control.Handle("hub block", (call, cancel) => verbs.BlockAsync(call, blocked: true, cancel));
    }

    private HubStore Store => host.Store;

    private async Task JoinAsync(ControlCall call, CancellationToken cancel)
    {
        var args = call.Args<HubJoinArgs>();
        var genesis = FederationReports.Parse(args.Federation);
        if (Store.Federation is { } joined && joined.Hash != genesis.Hash)
            throw new HawserException(Reason.Refused, $"this hub takes part in {joined.Name} ({FederationReports.Fingerprint(joined.Hash)}) already",
                "an admin key serves one federation; set up another hub in another home");
        var founder = genesis.Founders.All.FirstOrDefault(member => member.Key == Store.AdminKey.Public);
        if (founder is not null && founder.ChannelKey != Store.ChannelKey.Public)
            throw new HawserException(Reason.VerificationFailed, "the file names another channel key for this hub", "found the federation with the card of today");
        if (founder is not null && args.For is null)
        {
            Store.Federation ??= genesis;
            await call.WriteAsync(new HubJoinReport(FederationReports.Of(genesis, Store.LastHeight()), true, [], 0), cancel).ConfigureAwait(false);
            return;
        }

        using var http = new HubClient();
        var epochs = await EpochsAsync(genesis, http, cancel).ConfigureAwait(false);
        if (epochs.Newest.All.Any(member => member.Key == Store.AdminKey.Public))
        {
            Store.Federation ??= genesis;
            await call.WriteAsync(new HubJoinReport(FederationReports.Of(genesis, Store.LastHeight(), epochs.Newest), true, [], 0), cancel).ConfigureAwait(false);
            return;
        }

        var card = HubContent.CardOf(Store, genesis);
        var change = args.For is { } name ? MemberChange.Rekey(Admin(name, epochs.Newest), card) : MemberChange.Add(card);
        var report = await AskAsync(genesis, epochs.Newest, change, http, cancel).ConfigureAwait(false);
        Store.Federation ??= genesis; // only now: an ask that nobody heard binds it to nothing
        await call.WriteAsync(report, cancel).ConfigureAwait(false);
    }

    // The hub goes on with the old key until a vote has put the new one in its place.
    private async Task RekeyAsync(ControlCall call, CancellationToken cancel)
    {
        var genesis = Store.Federation ?? throw NoFederation();
        using var http = new HubClient();
        var members = host.Admin?.Members ?? (await EpochsAsync(genesis, http, cancel).ConfigureAwait(false)).Newest;
        var me = members.All.FirstOrDefault(member => member.Key == Store.AdminKey.Public)
            ?? throw new HawserException(Reason.Refused, "this hub is no admin at present", "hawser hub join FILE --for ADMIN");
        var next = Store.NextAdminKey(SystemEntropy.Shared);
        host.Admin?.Await(next);
        var change = MemberChange.Rekey(me.Id, HubContent.CardOf(Store, genesis, next));
        Store.KeepQuestion(change, DateTimeOffset.UtcNow);
        await call.WriteAsync(await AskAsync(genesis, members, change, http, cancel).ConfigureAwait(false), cancel).ConfigureAwait(false);
    }

    private async Task<HubJoinReport> AskAsync(Genesis genesis, Members members, MemberChange change, HubClient http, CancellationToken cancel)
    {
        var question = new JoinRequest(genesis.Hash, change).Write();
        List<string> asked = [];
        HawserException? last = null;
        foreach (var member in members.All.Where(member => member.ChannelKey != Store.ChannelKey.Public))
        {
            try
            {
                await http.PostAsync(member.Url, HubPaths.Join, question, null, cancel).ConfigureAwait(false);
                asked.Add(member.Name);
            }
            catch (HawserException e)
            {
                last = e;
            }
        }

        if (asked.Count == 0 && last is not null) throw last;
        return new(FederationReports.Of(genesis, Store.LastHeight(), members), false, asked, members.Quorum);
    }

    // A hub that is not up to date, or no admin yet, asks the others who they are by now.
    private async Task<Epochs> EpochsAsync(Genesis genesis, HubClient http, CancellationToken cancel)
    {
        if (host.Admin is { } admin) return admin.Epochs;
        var epochs = LookAround.EpochsOf(genesis, Store);
        await EpochFiles.FollowAsync(genesis, epochs, http, cancel).ConfigureAwait(false);
        return epochs;
    }

    private async Task VoteAsync(ControlCall call, CancellationToken cancel)
    {
        var args = call.Args<HubVoteArgs>();
        var admin = host.Admin ?? throw new HawserException(Reason.NotRunning, "a vote is written into this hub's log, and the hub is down", "start it with: hawser hub up");
        var genesis = Store.Federation ?? throw NoFederation();
        Tidy(admin, genesis);
        if (args.Retire is { } name)
        {
            var retire = MemberChange.Retire(Admin(name, admin.Members));
            Store.KeepQuestion(retire, DateTimeOffset.UtcNow);
            await CastAsync(admin, genesis, retire, yes: true, cancel).ConfigureAwait(false);
        }
        else if (args.Number is { } number)
        {
            var question = Store.Questions().FirstOrDefault(question => question.Number == number).Change
                ?? throw new HawserException(Reason.NoSuchPeer, $"there is no question {number}", "see them with: hawser hub vote");
            await CastAsync(admin, genesis, question, args.Yes, cancel).ConfigureAwait(false);
        }

        var open = admin.OpenChanges();
        foreach (var (number, change, asked) in Store.Questions())
        {
            if (args.Number is { } one && one != number) continue;
            var (_, opened, yes) = open.FirstOrDefault(vote => vote.Change.Hash == change.Hash);
            await call.WriteAsync(new HubQuestionReport(number, change.KindText, change.Kind is ChangeKind.Add ? null : change.Admin.ToString(),
                change.Card?.Name ?? admin.Members.All.FirstOrDefault(member => member.Id == change.Admin)?.Name, change.Card?.Url,
                change.Card?.AdminKey.ToString(), yes?.Count ?? 0, admin.Members.Quorum, admin.Me is { } me && yes?.Contains(me.Id) == true, asked,
                opened == 0 ? null : opened, opened == 0 ? null : opened + Roster.VoteWindow), cancel).ConfigureAwait(false);
        }
    }

    // What is voted on elsewhere is a question here too; what was decided is none any more.
    private void Tidy(AdminHost admin, Genesis genesis)
    {
        foreach (var (change, _, _) in admin.OpenChanges()) Store.KeepQuestion(change, DateTimeOffset.UtcNow);
        foreach (var (_, change, _) in Store.Questions())
            if (!change.IsPossible(genesis.Hash, admin.Members)) Store.ForgetQuestion(change.Hash);
    }

    private static async Task CastAsync(AdminHost admin, Genesis genesis, MemberChange change, bool yes, CancellationToken cancel)
    {
        var (status, body) = await admin.AskAsync(AdminVerb.OwnVote, default, new MemberVote(genesis.Hash, yes, change).Write(), cancel).ConfigureAwait(false);
        if (status is not AdminStatus.Ok) throw new HawserException(Reason.Refused, Encoding.UTF8.GetString(body), "see who the admins are: hawser federation show");
    }

    private async Task UsersAsync(ControlCall call, CancellationToken cancel)
    {
        foreach (var user in Store.Users()) await call.WriteAsync(Report(user), cancel).ConfigureAwait(false);
    }

    private async Task BlockAsync(ControlCall call, bool blocked, CancellationToken cancel)
    {
        var start = call.Args<NameArgs>().Name;
        var user = Store.FindUsers(start) switch
        {
            [var only] => only,
            [] => throw new HawserException(Reason.NoSuchPeer, $"nobody has signed on with a key that begins {start}", "see them with: hawser hub users"),
            var several => throw new HawserException(Reason.Usage, $"the keys of {several.Count} users begin {start}", "give more of it"),
        };
        Store.SetBlocked(user.SignOn, blocked);
        if (blocked) host.Expel(user.ChannelKey);
        await call.WriteAsync(Report(user with { Blocked = blocked }), cancel).ConfigureAwait(false);
    }

    private HubUserReport Report(HubUser user) => new(user.SignOn.ToString(), user.ChannelKey.ToString(), user.Since, user.Seen,
        host.IsPresent(user.ChannelKey), user.Blocked);

    private static RoutingId Admin(string name, Members members) =>
        members.All.FirstOrDefault(member => member.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } named ? named.Id
        : RoutingId.Parse(name, out var id) is null && members.PlaceOf(id) >= 0 ? id
        : throw new HawserException(Reason.NoSuchPeer, $"no admin is called {name}", "see them with: hawser federation show");

    private static HawserException NoFederation() => new(Reason.Failed, "this hub takes part in no federation yet", "hawser hub join FILE");
}
