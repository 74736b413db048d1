using Hermes.Web.Identity;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Hermes.Web.Pages.Developers;

/// <summary>The page on which the API is tried; it is made in the browser from the OpenAPI document.</summary>
[WorksWithoutTenant]
public sealed class ApiModel : PageModel;
