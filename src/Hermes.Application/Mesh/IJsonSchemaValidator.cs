using System.Text.Json;
using Hermes.Domain.Shared;

namespace Hermes.Application.Mesh;

/// <summary>JSON Schema (draft 2020-12, a documented subset) for results.</summary>
public interface IJsonSchemaValidator
{
    /// <summary>
    /// Null when a contract may be posted with the schema, else why not: not JSON, too large or deep, a keyword of another
    /// draft, one that is not supported and would change the verdict, a malformed value, or a reference that leads nowhere
    /// or out of the schema.
    /// </summary>
    /// <param name="schema">The schema as text.</param>
    Error? Check(string schema);

    /// <summary>What is wrong with the result, at most 20 sentences that start with the place (<c>$.total: …</c>); empty when it is valid.</summary>
    /// <param name="schema">A schema that <see cref="Check"/> let through.</param>
    /// <param name="result">The result.</param>
    IReadOnlyList<string> Validate(string schema, JsonElement result);
}
