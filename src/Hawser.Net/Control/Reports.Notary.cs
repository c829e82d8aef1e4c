namespace Hawser.Net.Control;

/// <param name="Revoke">Whether to make all keys void.</param>
internal sealed record HubNotaryArgs(bool Revoke);

/// <summary>A hub as a notary.</summary>
/// <param name="Pin">URL#KEY, for <c>hub up --trust-notary NAME=…</c>.</param>
/// <param name="Keys">What it publishes now.</param>
internal sealed record HubNotaryReport(string Pin, IReadOnlyList<HubNotaryKey> Keys);

internal sealed record HubNotaryKey(string Kid, DateTimeOffset From, DateTimeOffset Until);
