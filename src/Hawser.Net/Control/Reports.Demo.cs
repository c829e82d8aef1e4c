namespace Hawser.Net.Control;

/// <summary>Sends numbered datagrams.</summary>
/// <param name="Drop">Which of them, from 1 on, the link simulator loses; 0: none.</param>
internal sealed record DatagramsArgs(string Peer, int Count, int Drop);

/// <summary>The verdict on one datagram.</summary>
/// <param name="Number">From 1 on.</param>
/// <param name="Delivered">What the transport says of it; null: nothing, in time.</param>
internal sealed record DatagramReport(int Number, bool? Delivered, double Ms);

/// <summary>One stage of the demonstration.</summary>
internal sealed record DemoStage(string Stage, double Ms, string Detail);

/// <summary>The end of a demonstration in which everything held.</summary>
/// <param name="Place">namespaces or loopback.</param>
/// <param name="Path">direct or relay.</param>
/// <param name="Ms">From first to last.</param>
/// <param name="Stop">The script that ends it; null unless it was kept.</param>
internal sealed record DemoReport(bool Passed, string Place, string Path, double Ms, IReadOnlyList<DemoNode> Nodes,
    string Sha256Sent, string Sha256Received, string? Stop);

internal sealed record DemoNode(string Name, string Id, string Home);
