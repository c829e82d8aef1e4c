using Hawser.Crypto;

namespace Hawser.Net.Hosting;

// Meeting by a ledger, where one was named.
internal sealed partial class NodeHost
{
    /// <summary>Null while no ledger is followed.</summary>
    public LedgerHost? Ledger { get; private set; }

    /// <summary>The same; with a clear word where there is none.</summary>
    public LedgerHost OnLedger => Ledger ?? throw new HawserException(Reason.NotRunning, "this node follows no ledger",
        "name a node's RPC: hawser up --chain http://USER:PASSWORD@127.0.0.1:8332, or \"chain\" in config.json");

    private void FollowLedger()
    {
        var options = Options.Ledger ?? (Config.Chain is { } url ? new() { Url = url, WalletUrl = Config.ChainWallet } : null);
        if (options is null) return;
        if (!LedgerHash.IsAvailable) throw new HawserException(Reason.LibraryMissing, "libsecp256k1 is not installed", LedgerHash.Remedy);
        var ledger = new LedgerHost(options.Open(), Online, Store, options, TimeProvider.System, Log);
        Ledger = ledger;
        Online.MeetsByChain = ledger.IsMeeting;
        RulesChanged -= ReadLedgerContacts;
        RulesChanged += ReadLedgerContacts;
        ledger.Start();
    }

    private void ReadLedgerContacts() => Ledger?.ReadContacts();
}
