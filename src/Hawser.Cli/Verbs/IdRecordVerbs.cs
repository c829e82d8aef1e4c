using System.CommandLine;
using Hawser.Crypto;
using Hawser.Net;
using Hawser.Net.Control;

namespace Hawser.Cli.Verbs;

/// <summary><c>id renew|alter|transfer|accept|cancel|recover</c>: what changes an ID that somebody owns.</summary>
internal static class IdRecordVerbs
{
    private static readonly Argument<string?> Acceptance = Verb.Optional("FILE", "what the other side's hawser id accept printed, - for stdin; without it the offer is made");
    private static readonly Argument<string> Offer = Verb.Required("FILE", "the offer, - for stdin");
    private static readonly Option<string?> Contact = new("--contact") { HelpName = "TEXT", Description = "how people may reach the owner; it is public" };
    private static readonly Option<string?> Notes = new("--notes") { HelpName = "TEXT", Description = "anything else; it is public" };
    private static readonly Option<string?> Recovery = new("--recovery") { HelpName = "FILE", Description = "a recovery key that can take the ID back from a thief; made if the file is not there. Keep it elsewhere" };
    private static readonly Option<string?> ClaimKey = new("--key") { HelpName = "FILE", Description = "the claim key, where it is kept away from this node" };
    private static readonly Option<string?> OfflineKey = new("--offline-key") { HelpName = "FILE", Description = "move the ID to a claim key that this node does not keep; made if the file is not there. Keep it elsewhere" };
    private static readonly Option<bool> NewKey = new("--new-key") { Description = "give this node a new channel key; the old one is honoured for four ticks, and open connections begin anew" };
    private static readonly Option<bool?> Chain = new("--chain") { HelpName = "true|false", Description = "name my chain key in it, or no more: for whoever knows the ID to meet me by a ledger", Arity = System.CommandLine.ArgumentArity.ZeroOrOne };
    private static readonly Option<string> Key = new("--key") { HelpName = "FILE", Description = "the recovery key", Required = true };

    public static Verb Renew() => new Verb("renew", "for another year; a running node does that by itself in time", "hawser id renew 0a9-jj39f7a")
        .With(IdVerb.Id).With(ClaimKey).Does(async call => await Show(call, "id renew", new IdKeyArgs(IdVerb.Checked(call), await SecretAsync(call, ClaimKey))));

    public static Verb Alter() => new Verb("alter", "change what the deed says, or bring hubs and keys up to date",
        "hawser id alter 0a9-jj39f7a --name \"pi at the office\"", "hawser id alter 0a9-jj39f7a --recovery recovery.key",
        "hawser id alter 0a9-jj39f7a --chain", "hawser id alter 0a9-jj39f7a --new-key", "hawser id alter 0a9-jj39f7a --offline-key /media/stick/claim.key   # then changes take --key").With(IdVerb.Id)
        .With(IdVerb.Owner, Contact, Notes, IdVerb.Hubs, Recovery, Chain, NewKey, OfflineKey, ClaimKey).Does(AlterAsync);

    public static Verb Transfer() => new Verb("transfer", "give an ID to somebody: print an offer, then sign what they send back",
        "hawser id transfer 0a9-jj39f7a > it.offer            # send it to them; it binds nobody",
        "hawser id transfer 0a9-jj39f7a it.acceptance         # the ID goes to them").With(IdVerb.Id).With(Acceptance).With(ClaimKey).Does(TransferAsync);

    public static Verb Accept() => new Verb("accept", "accept an ID that somebody offers, and print what they have to sign",
        "hawser id accept it.offer > it.acceptance            # send it back to them").With(Offer).With(IdVerb.Owner, IdVerb.Hubs, Recovery, Chain).Does(AcceptAsync);

    public static Verb Cancel() => new Verb("cancel", "give an ID up for good; nobody will ever have it again", "hawser id cancel 0a9-jj39f7a").With(IdVerb.Id).With(ClaimKey).Does(async call =>
    {
        var id = IdVerb.Checked(call);
        var shown = Net.Names.IdText.Show(id);
        call.Confirm($"{shown} will be nobody's for good, and lead nowhere", shown);
        await Show(call, "id cancel", new IdKeyArgs(id, await SecretAsync(call, ClaimKey)));
    });

    public static Verb Recover() => new Verb("recover", "take an ID back with its recovery key, from whoever gave it away or has the claim key",
        "hawser id recover 0a9-jj39f7a --key recovery.key").With(IdVerb.Id).With(Key, Recovery).Does(async call =>
        await Show(call, "id recover", new IdRecoverArgs(IdVerb.Checked(call), (await Inputs.ReadTextAsync(call.Get(Key)!, call.Cancel)).Trim(), await RecoveryKeyAsync(call))));

    private static async Task AlterAsync(VerbCall call)
    {
        if (call.Get(OfflineKey) is not null && (call.Get(Recovery) ?? call.Get(ClaimKey)) is not null)
            throw new HawserException(Reason.Usage, "--offline-key goes alone", "set a recovery key before, or after that");
        var offline = call.Get(OfflineKey) is { } path ? await KeyFileAsync(call, path, "claim key") : null;
        await Show(call, "id alter", new IdAlterArgs(IdVerb.Checked(call), call.Get(IdVerb.Owner), call.Get(Contact), call.Get(Notes), call.Get(IdVerb.Hubs) ?? [],
            await RecoveryKeyAsync(call), call.Get(Chain))
        {
            NewKey = call.Get(NewKey), Key = await SecretAsync(call, ClaimKey), OfflineKey = offline?.Seed.ToString(),
        });
        if (offline is not null) call.Screen.Say("this node goes on to renew the ID and to say where it is; anything else takes the file: --key FILE");
        if (call.Get(NewKey)) call.Screen.Say("who knows this machine by its key alone needs a new card once that is certified: hawser peer card");
    }

    private static async Task<string?> SecretAsync(VerbCall call, Option<string?> option) =>
        call.Get(option) is { } path ? (await Inputs.ReadTextAsync(path, call.Cancel)).Trim() : null;

    private static async Task TransferAsync(VerbCall call)
    {
        var id = IdVerb.Checked(call);
        if (call.Get(Acceptance) is not { } file)
        {
            await call.Report<IdTransferArgs, TextReport>("id transfer", Needs.Node, new(id, null, await SecretAsync(call, ClaimKey)), offer => Console.Out.Write(offer.Text));
            call.Screen.Say("send this to who shall have it; they answer with what hawser id accept prints");
            return;
        }

        var text = await Inputs.ReadTextAsync(file, call.Cancel);
        var shown = Net.Names.IdText.Show(id);
        call.Confirm($"{shown} will belong to {Acquirer(text)}", shown);
        await Show(call, "id transfer", new IdTransferArgs(id, text, await SecretAsync(call, ClaimKey)));
    }

    private static async Task AcceptAsync(VerbCall call)
    {
        var offer = await Inputs.ReadTextAsync(call.Required(Offer), call.Cancel);
        await call.Report<IdAcceptArgs, TextReport>("id accept", Needs.Node,
            new(offer, call.Get(IdVerb.Owner), call.Get(IdVerb.Hubs) ?? [], await RecoveryKeyAsync(call), call.Get(Chain) is true), text => Console.Out.Write(text.Text));
        call.Screen.Say("send this back; hawser id watch tells when the ID is yours");
    }

    private static string Acquirer(string text)
    {
        var lines = text.Split('\n');
        string Of(string name) => lines.FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?[name.Length..].Trim() ?? "somebody";
        return $"{Of("Owner-Name: ")}, key {Of("Claim-Key: ")}";
    }

    private static Task Show<TArgs>(VerbCall call, string verb, TArgs args)
        where TArgs : class =>
        call.Report<TArgs, IdReport>(verb, Needs.Node, args, id => IdVerb.Line(call.Screen, id));

    // The public half goes into the deed.
    private static async Task<string?> RecoveryKeyAsync(VerbCall call) =>
        call.Get(Recovery) is { } path ? (await KeyFileAsync(call, path, "recovery key")).Public.ToString() : null;

    // The file is written closed, and never over another.
    private static async Task<SigningKey> KeyFileAsync(VerbCall call, string path, string what)
    {
        if (!CryptoLibrary.IsAvailable) throw new HawserException(Reason.LibraryMissing, "libsodium is not installed", CryptoLibrary.Remedy);
        if (File.Exists(path))
        {
            var text = (await Inputs.ReadTextAsync(path, call.Cancel)).Trim();
            return Wire.Bytes32.TryParse(text, out var seed) ? new SigningKey(seed)
                : throw new HawserException(Reason.Usage, $"{path} is there, and is no {what}", "give another name");
        }

        var key = SigningKey.Generate(SystemEntropy.Shared);
        try
        {
            await using var file = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
            await file.WriteAsync(System.Text.Encoding.ASCII.GetBytes($"{key.Seed}\n"), call.Cancel);
            file.Flush(flushToDisk: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HawserException(Reason.FileTrouble, $"{path} cannot be written", "give another place", e);
        }

        call.Screen.Say($"the {what} is in {path}: keep it away from this machine");
        return key;
    }
}
